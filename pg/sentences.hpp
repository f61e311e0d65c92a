#pragma once

#include <rapidjson/document.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// How what a statement found out becomes what people read: SQL returns a kind and facts with names,
// a table in C++ has the sentence of each kind.
namespace nova::pg {

/// Facts with their names, borrowed from a JSON object.
class facts {
public:
  explicit facts(const rapidjson::Value& object) : object_(&object) {}

  /// As text; of what is null, "unknown". Throws `base::broken_promise` when none has the name.
  [[nodiscard]] std::string text(const char* name) const;

  /// `before` and the fact; nothing when it is null.
  [[nodiscard]] std::string after(const char* before, const char* name) const;

  /// What a list holds; nothing when it is null.
  [[nodiscard]] std::vector<facts> each(const char* name) const;

private:
  [[nodiscard]] const rapidjson::Value& at(const char* name) const;

  const rapidjson::Value* object_;
};

/// "WHAT is paused by BY: REASON", of the facts what, by, reason.
std::string is_paused(const facts& known);

/// What to do about it: most often a command and a name.
struct advice {
  const char* before;
  const char* fact = nullptr;
  const char* after = "";

  [[nodiscard]] std::string of(const facts& known) const;
};

struct sentence {
  const char* kind;
  std::string (*text)(const facts&);
  advice next;
};

/// Throws `base::broken_promise` when the kind has none.
const sentence& sentence_of(std::span<const sentence> all, std::string_view kind);

/// The object that a statement returned as JSON text.
rapidjson::Document read_facts(const std::string& json);

/// A row of a view, as its names and values; a value that is missing is null.
using view_row = std::vector<std::pair<const char*, std::optional<std::string>>>;

/// A JSON array with the blanks that PostgreSQL's jsonb has, as the views have it that are made of
/// SQL alone.
std::string view_text(const std::vector<view_row>& rows);

/// A step of a chain as a statement finds it: kind (STEP/WHAT), whether it is ok, since, facts.
using chain_step = std::tuple<std::string, bool, std::optional<std::string>, std::string>;

/// The part of a kind before its slash.
std::string step_of(const std::string& kind);

/// The chain as a JSON array of {next, step, text, since, state}. The first step that is not ok
/// BLOCKS, what is not ok after it waits.
std::string chain_text(const std::vector<chain_step>& steps,
                       const sentence& (*said_of)(std::string_view kind));

} // namespace nova::pg
