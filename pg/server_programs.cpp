#include "pg/server_programs.hpp"

#include "pg/server_range.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace nova::pg {
namespace {

namespace fs = std::filesystem;

bool has_programs(const fs::path& folder) {
  return access((folder / "postgres").c_str(), X_OK) == 0
         && access((folder / "initdb").c_str(), X_OK) == 0;
}

/// What `postgres --version` says, "postgres (PostgreSQL) 15.4 …"; 0 when it cannot be run.
int major_version(const fs::path& folder) {
  struct close_pipe {
    void operator()(FILE* file) const noexcept {
      pclose(file);
    }
  };
  auto command = "'" + (folder / "postgres").string() + "' --version 2>/dev/null";
  auto pipe = std::unique_ptr<FILE, close_pipe>{popen(command.c_str(), "re")};
  std::array<char, 200> line{};
  if (!pipe || fgets(line.data(), line.size(), pipe.get()) == nullptr)
    return 0;
  auto text = std::string_view{line.data()};
  auto digits = text.find_first_of("0123456789");
  int major = 0;
  if (digits != std::string_view::npos)
    std::from_chars(text.data() + digits, text.data() + text.size(), major);
  return major;
}

void add_matching(std::vector<fs::path>& found, const fs::path& parent, std::string_view prefix,
                  const fs::path& inside) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator{parent, missing})
    if (entry.path().filename().string().starts_with(prefix))
      found.push_back(entry.path() / inside);
}

std::vector<fs::path> candidates() {
  std::vector<fs::path> found;
  if (auto named =
        std::getenv("NOVA_POSTGRES_BIN")) // NOLINT(concurrency-mt-unsafe): nothing here sets it
    return {named};
  add_matching(found, "/usr/lib/postgresql", "", "bin"); // Debian, Ubuntu
  add_matching(found, "/usr", "pgsql-", "bin"); // packages of the PostgreSQL project for Red Hat
  add_matching(found, "/opt/homebrew/opt", "postgresql", "bin");
  if (auto path = std::getenv("PATH")) { // NOLINT(concurrency-mt-unsafe): nothing here sets it
    std::istringstream folders{path};
    for (std::string folder; std::getline(folders, folder, ':');)
      found.emplace_back(folder);
  }
  return found;
}

} // namespace

std::string find_server_programs(const std::string& data) {
  int made_by = 0;
  std::ifstream{data + "/PG_VERSION"} >> made_by;
  fs::path best;
  int best_major = 0;
  std::string seen;
  for (const auto& folder : candidates()) {
    if (!has_programs(folder))
      continue;
    auto major = major_version(folder);
    seen += " " + std::to_string(major) + " (" + folder.string() + ")";
    auto fits = made_by != 0 ? major == made_by : major >= server_major_min;
    if (fits && major > best_major) {
      best = folder;
      best_major = major;
    }
  }
  if (best_major != 0)
    return best;
  if (made_by != 0)
    throw std::runtime_error(data + " was made by PostgreSQL " + std::to_string(made_by)
                             + ", whose server is not installed; found:"
                             + (seen.empty() ? " none" : seen)
                             + ". Install that version or name another folder");
  throw std::runtime_error("no PostgreSQL server of version " + std::to_string(server_major_min)
                           + " or newer found:" + (seen.empty() ? " none at all" : seen)
                           + ". Install it (Debian: apt install postgresql-15) or set "
                             "NOVA_POSTGRES_BIN to the folder of initdb");
}

} // namespace nova::pg
