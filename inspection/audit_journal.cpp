#include "inspection/audit_journal.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "http/listen_socket.hpp"
#include "json/json_reader.hpp"
#include "pg/error.hpp"
#include "shell/row_query.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <optional>
#include <string_view>

namespace nova::inspection {
namespace {

constexpr base::log audit_journal_log{"Audit"};

constexpr size_t bytes_max = size_t{1} << 20;

using columns = std::array<std::pair<const char*, std::string pg::operator_action::*>, 9>;
const columns& all_columns() {
  using line = pg::operator_action;
  static const columns all = {{{"who", &line::who},
                               {"role", &line::role},
                               {"via", &line::via},
                               {"action", &line::action},
                               {"target", &line::target},
                               {"arguments", &line::arguments},
                               {"reason", &line::reason},
                               {"outcome", &line::outcome},
                               {"node", &line::node}}};
  return all;
}

/// The file, when it is ours and nobody else's.
http::unique_fd open_file(const std::string& path, int how) {
  http::unique_fd file{::open(path.c_str(), how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
  struct stat is {};
  if (file.get() < 0)
    return file;
  bool ours = ::fstat(file.get(), &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == ::geteuid()
              && (is.st_mode & 077U) == 0;
  return ours ? std::move(file) : http::unique_fd{};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    auto written = ::write(file, text.data(), text.size());
    if (written <= 0 && errno != EINTR)
      return false;
    text.remove_prefix(static_cast<size_t>(std::max<ssize_t>(written, 0)));
  }
  return ::fdatasync(file) == 0;
}

std::string text_of(const pg::operator_action& line) {
  std::string made;
  for (const auto& [name, member] : all_columns())
    made +=
      fmt::format(R"({}"{}":{})", made.empty() ? "{" : ",", name, base::json_string(line.*member));
  return made + "}\n";
}

std::optional<pg::operator_action> line_of(const std::string& text) {
  rapidjson::Document parsed;
  if (!json::parse(parsed, text) || !parsed.IsObject())
    return {};
  pg::operator_action line;
  for (const auto& [name, member] : all_columns())
    if (auto found = parsed.FindMember(name);
        found != parsed.MemberEnd() && found->value.IsString())
      line.*member = {found->value.GetString(), found->value.GetStringLength()};
  return line;
}

std::deque<std::string> lines_of(int file) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(got));
  std::deque<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

} // namespace

bool audit_journal::append(const pg::operator_action& line) {
  auto dated = line;
  // When it was done; the row's own time is that of its move.
  dated.arguments.insert(1, fmt::format(R"("done_at_us":{}{})",
                                        base::wall_now().time_since_epoch().count(),
                                        line.arguments == "{}" ? "" : ","));
  auto text = text_of(dated);
  auto lock = std::scoped_lock{mutex_};
  auto file = open_file(path_, O_WRONLY | O_APPEND | O_CREAT);
  struct stat is {};
  if (file.get() < 0 || ::fstat(file.get(), &is) != 0
      || static_cast<size_t>(is.st_size) + text.size() > bytes_max) {
    audit_journal_log.error(
      "an act cannot be recorded: the file for it is full, or not this user's alone",
      {{"file", path_}});
    return false;
  }
  if (write_all(file.get(), text))
    return true;
  if (::ftruncate(file.get(), is.st_size) != 0) // half a line is none
    audit_journal_log.error("half a line is in the file for the audit log", {{"file", path_}});
  return false;
}

void audit_journal::move_to(pg::connection& conn) {
  auto lock = std::scoped_lock{mutex_};
  auto file = open_file(path_, O_RDWR);
  if (file.get() < 0)
    return;
  auto lines = lines_of(file.get());
  auto keep_the_rest = [&] {
    std::string rest;
    for (const auto& each : lines)
      rest += each + '\n';
    if (::ftruncate(file.get(), 0) != 0 || ::lseek(file.get(), 0, SEEK_SET) != 0
        || !write_all(file.get(), rest))
      audit_journal_log.error("lines of the audit log cannot be kept",
                              {{"file", path_}, {"lines", rest}});
  };
  if (lines.empty())
    return;
  audit_journal_log.info("acts of the time without a database are recorded",
                         {{"acts", lines.size()}});
  for (; !lines.empty(); lines.pop_front()) {
    auto line = line_of(lines.front());
    try {
      if (line)
        pg::record_operator_action{*line}.run(conn);
      else
        audit_journal_log.error("a line of the audit log cannot be read",
                                {{"line", lines.front()}});
    } catch (const pg::error& failure) {
      if (failure.kind() != pg::failure::refused) {
        keep_the_rest();
        throw;
      }
      audit_journal_log.error("an act cannot be recorded",
                              {{"line", lines.front()}, {"reason", failure.what()}});
    }
  }
  keep_the_rest();
}

} // namespace nova::inspection
