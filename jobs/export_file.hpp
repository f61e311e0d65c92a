#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

/// Files of rows that leave the database: whole or not there, and read again before anything is
/// deleted on their account. Everything blocks.
namespace nova::jobs {

/// A file or its folder cannot be used; `kind` is one word by which failures are counted.
struct export_error : std::runtime_error {
  export_error(std::string kind, const std::string& text)
    : std::runtime_error(text), kind(std::move(kind)) {}

  std::string kind; // export_directory | export_missing | export_damaged
};

enum class export_format : uint8_t { ndjson, csv };
std::string to_string(export_format);

struct export_facts {
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string sha256; // hexadecimal

  bool operator==(const export_facts&) const = default;
};

/// One row of a file: its line as it was written, without the end of line, and its first field.
struct export_row {
  std::string id, line;
};

/// Throws `export_error` unless it is a folder in which files can be made.
void expect_export_directory(const std::string& directory);

/// Removes what an earlier export was writing when it ended.
void remove_unfinished_exports(const std::string& directory);

class file_digest;

/// Writes a file under another name until it is whole. What is not finished goes with the object.
class export_file {
public:
  /// A CSV begins with `header`.
  export_file(std::string directory, std::string name, export_format format,
              std::string_view header);
  ~export_file();
  export_file(const export_file&) = delete;
  export_file& operator=(const export_file&) = delete;

  void add(std::string_view line);

  /// Brings it to the disk, reads it again, gives it its name, and beside it `NAME.sha256`, as
  /// sha256sum checks it, and a line in `manifest.ndjson`. A file of that name is replaced.
  /// `month` and `now` (seconds since 1970) are for the manifest.
  export_facts finish(const std::string& month, int64_t now);

private:
  void flush();

  std::string directory_, name_, buffer_;
  export_format format_;
  int file_ = -1;
  int64_t rows_ = 0, bytes_ = 0;
  std::unique_ptr<file_digest> digest_;
};

/// Reads a whole file, record by record, in a bounded piece of memory. Throws `export_error` when
/// it is missing or is no file of that format.
export_facts read_export(const std::string& path, export_format format,
                         const std::function<void(export_row&&)>& each = {});

} // namespace nova::jobs
