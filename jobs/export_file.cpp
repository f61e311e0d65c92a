#include "jobs/export_file.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace nova::jobs {
namespace {

namespace fs = std::filesystem;

constexpr const char* unfinished = ".part";
constexpr const char* manifest = "manifest.ndjson";
constexpr size_t buffer_size = size_t{1} << 18;
// Three ids and some numbers are far below it.
constexpr size_t record_max = size_t{1} << 20;

[[noreturn]] void fail(const std::string& doing, const std::string& path) {
  throw export_error("export_directory", doing + " " + path + ": " + std::strerror(errno));
}

/// A descriptor that closes itself.
class descriptor {
public:
  descriptor(const std::string& path, int flags, mode_t mode = 0)
    : raw_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~descriptor() {
    if (raw_ >= 0)
      ::close(raw_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int raw() const noexcept {
    return raw_;
  }

private:
  int raw_;
};

void write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      fail("cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void sync_directory(const std::string& directory) {
  descriptor folder{directory, O_RDONLY | O_DIRECTORY};
  if (folder.raw() < 0 || ::fsync(folder.raw()) != 0)
    fail("cannot bring to the disk", directory);
}

void write_small(const std::string& path, std::string_view text, int flags) {
  descriptor file{path, O_WRONLY | O_CREAT | O_NOFOLLOW | flags, 0600};
  if (file.raw() < 0)
    fail("cannot make", path);
  write_all(file.raw(), text, path);
  if (::fsync(file.raw()) != 0)
    fail("cannot bring to the disk", path);
}

void rename_to(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    fail("cannot name", to);
}

/// Takes records out of bytes that come piece by piece. In CSV a quoted field may have ends of
/// lines.
class record_reader {
public:
  record_reader(std::string path, export_format format,
                const std::function<void(export_row&&)>& each)
    : path_(std::move(path)), format_(format), each_(each), header_(format == export_format::csv) {}

  void take(std::string_view bytes) {
    for (char c : bytes) {
      if (c == '"')
        quoted_ = format_ == export_format::csv && !quoted_;
      if (c == '\n' && !quoted_)
        finish();
      else
        record_ += c;
      if (record_.size() > record_max)
        damaged("a line of it is longer than a mebibyte");
    }
  }

  int64_t end() {
    if (!record_.empty())
      damaged("its last line has no end");
    return rows_;
  }

private:
  [[noreturn]] void damaged(const std::string& why) const {
    throw export_error("export_damaged", path_ + " is damaged: " + why);
  }

  void finish() {
    if (!std::exchange(header_, false)) {
      ++rows_;
      if (each_) {
        auto id = format_ == export_format::csv ? id_of_csv() : id_of_json();
        each_({std::move(id), record_});
      }
    }
    record_.clear();
  }

  [[nodiscard]] std::string id_of_csv() const {
    std::string id;
    if (!record_.starts_with('"'))
      damaged("a line does not begin with an id in quotes");
    for (size_t at = 1; at < record_.size(); ++at) {
      if (record_[at] == '"' && (++at >= record_.size() || record_[at] != '"'))
        return id;
      id += record_[at];
    }
    damaged("the id of a line has no end");
  }

  [[nodiscard]] std::string id_of_json() const {
    rapidjson::Document row;
    if (!json::parse(row, record_) || !row.IsObject() || !row.HasMember("id")
        || !row["id"].IsString())
      damaged("a line is no JSON object with an id");
    return {row["id"].GetString(), row["id"].GetStringLength()};
  }

  std::string path_;
  export_format format_;
  const std::function<void(export_row&&)>& each_;
  std::string record_;
  bool header_;
  bool quoted_ = false;
  int64_t rows_ = 0;
};

} // namespace

/// SHA-256 of what comes piece by piece.
class file_digest {
public:
  file_digest() {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
      throw export_error("export_directory", "SHA-256 is not to be had");
  }

  void add(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), hash.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i)
      text += fmt::format("{:02x}", hash.at(i));
    return text;
  }

private:
  struct freed {
    void operator()(EVP_MD_CTX* raw) const noexcept {
      EVP_MD_CTX_free(raw);
    }
  };

  std::unique_ptr<EVP_MD_CTX, freed> context_{EVP_MD_CTX_new()};
};

std::string to_string(export_format format) {
  return format == export_format::csv ? "csv" : "ndjson";
}

void expect_export_directory(const std::string& directory) {
  std::error_code failed;
  if (!fs::is_directory(directory, failed))
    throw export_error("export_directory", "NOVA_EXPORT_DIR=" + directory + " is no folder"
                                             + (failed ? ": " + failed.message() : ""));
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    fail("NOVA_EXPORT_DIR: cannot make files in", directory);
}

void remove_unfinished_exports(const std::string& directory) {
  for (const auto& entry : fs::directory_iterator{directory})
    if (entry.path().extension() == unfinished
        && entry.path().filename().string().starts_with("usage_metrics-"))
      fs::remove(entry.path());
}

export_file::export_file(std::string directory, std::string name, export_format format,
                         std::string_view header)
  : directory_(std::move(directory)), name_(std::move(name)), format_(format),
    digest_(std::make_unique<file_digest>()) {
  auto path = directory_ + "/" + name_ + unfinished;
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ < 0)
    fail("cannot make", path);
  if (format == export_format::csv)
    buffer_.append(header).append("\n");
}

export_file::~export_file() {
  if (file_ < 0)
    return;
  ::close(file_);
  ::unlink((directory_ + "/" + name_ + unfinished).c_str());
}

void export_file::add(std::string_view line) {
  buffer_.append(line).append("\n");
  ++rows_;
  if (buffer_.size() >= buffer_size)
    flush();
}

void export_file::flush() {
  write_all(file_, buffer_, name_);
  digest_->add(buffer_);
  bytes_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
}

export_facts export_file::finish(const std::string& month, int64_t now) {
  flush();
  export_facts written{rows_, bytes_, digest_->finish()};
  auto path = directory_ + "/" + name_;
  if (::fsync(file_) != 0)
    fail("cannot bring to the disk", path + unfinished);
  auto read = read_export(path + unfinished, format_);
  if (read != written)
    throw export_error("export_damaged",
                       fmt::format("{}{} has {} rows and the digest {}, not {} and {}: the disk "
                                   "does not give back what was written",
                                   path, unfinished, read.rows, read.sha256, written.rows,
                                   written.sha256));
  rename_to(path + unfinished, path);
  ::close(std::exchange(file_, -1));
  auto sums = path + ".sha256";
  write_small(sums + unfinished, written.sha256 + "  " + name_ + "\n", O_TRUNC);
  rename_to(sums + unfinished, sums);
  std::string line = R"({"file":)" + base::json_string(name_);
  line += fmt::format(
    R"(,"month":"{}","format":"{}","rows":{},"bytes":{},"sha256":"{}","exported_at":{}}})", month,
    to_string(format_), written.rows, written.bytes, written.sha256, now);
  write_small(directory_ + "/" + manifest, line + "\n", O_APPEND);
  sync_directory(directory_);
  return written;
}

export_facts read_export(const std::string& path, export_format format,
                         const std::function<void(export_row&&)>& each) {
  descriptor file{path, O_RDONLY | O_NOFOLLOW};
  if (file.raw() < 0)
    throw export_error("export_missing", "cannot read " + path + ": " + std::strerror(errno));
  export_facts found;
  file_digest digest;
  record_reader records{path, format, each};
  std::string piece(buffer_size, '\0');
  for (;;) {
    auto got = ::read(file.raw(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      fail("cannot read", path);
    if (got == 0)
      break;
    auto bytes = std::string_view{piece}.substr(0, static_cast<size_t>(got));
    digest.add(bytes);
    records.take(bytes);
    found.bytes += got;
  }
  found.rows = records.end();
  found.sha256 = digest.finish();
  return found;
}

} // namespace nova::jobs
