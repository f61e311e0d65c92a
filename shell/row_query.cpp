#include "shell/row_query.hpp"

#include "base/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace nova::shell {
namespace {

constexpr size_t text_max = 2000;
constexpr int depth_max = 32;

std::string lower(std::string_view text) {
  std::string made{text};
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

std::optional<double> factor_of(std::string_view unit) {
  static constexpr std::pair<std::string_view, double> units[] = {
    {"", 1},      {"ms", 1e-3}, {"s", 1},   {"m", 60},  {"h", 3600},
    {"d", 86400}, {"k", 1e3},   {"M", 1e6}, {"G", 1e9},
  };
  for (const auto& [name, factor] : units)
    if (name == unit)
      return factor;
  return {};
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || !std::isfinite(value))
    return {};
  auto factor = factor_of({end, static_cast<size_t>(text.data() + text.size() - end)});
  return factor ? std::optional{value * *factor} : std::nullopt;
}

/// Whether the whole text is like the pattern, in which `*` stands for anything.
bool is_like(std::string_view text, std::string_view pattern) {
  size_t at = 0, star = std::string_view::npos, tried = 0;
  size_t i = 0;
  while (i < text.size())
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      tried = i;
    } else if (at < pattern.size() && pattern[at] == text[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1; // the star takes one more
      i = ++tried;
    } else {
      return false;
    }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool word_character(char c) {
  return std::string_view{" \t\n()<>=!~'\""}.find(c) == std::string_view::npos;
}

} // namespace

struct row_filter::node {
  enum class kind { all, any, none, compare } is = kind::compare;
  std::vector<std::shared_ptr<const node>> parts;
  std::string column, relation, text;
  std::optional<double> number;

  bool takes(const row_cells& row) const {
    auto takes_row = [&row](const auto& part) { return part->takes(row); };
    switch (is) {
      case kind::all: return std::all_of(parts.begin(), parts.end(), takes_row);
      case kind::any: return std::any_of(parts.begin(), parts.end(), takes_row);
      case kind::none: return std::none_of(parts.begin(), parts.end(), takes_row);
      case kind::compare: return compare(row(column));
    }
    return false;
  }

  bool compare(const cell& value) const {
    if (std::holds_alternative<std::monostate>(value))
      return relation == "!=";
    const auto* words = std::get_if<std::string>(&value);
    if (relation == "~") {
      auto in = words ? *words : std::to_string(std::get<double>(value));
      return text.find('*') != std::string::npos ? is_like(lower(in), lower(text))
                                                 : lower(in).find(lower(text)) != std::string::npos;
    }
    if (!words && !number)
      return relation == "!=";
    int order = words ? words->compare(text) : std::get<double>(value) < *number ? -1 : 0;
    if (!words && std::get<double>(value) > *number)
      order = 1;
    return relation == "="    ? order == 0
           : relation == "!=" ? order != 0
           : relation == "<"  ? order < 0
           : relation == "<=" ? order <= 0
           : relation == ">"  ? order > 0
                              : order >= 0;
  }
};

namespace {

using node_pointer = std::shared_ptr<const row_filter::node>;
using kind = row_filter::node::kind;

/// Recursive descent; the first error ends it.
class filter_parser {
public:
  explicit filter_parser(std::string_view text) : text_(text) {}

  tl::expected<node_pointer, base::bad_input> parse() {
    auto root = any(0);
    if (error_.empty() && (skip_space(), at_ < text_.size()))
      fail("'and', 'or' or the end");
    if (!error_.empty())
      return tl::unexpected(
        base::bad_input{"--where, character " + std::to_string(at_ + 1), error_});
    return root;
  }

  std::vector<std::string> columns;

private:
  node_pointer any(int depth) {
    return list(depth, kind::any, "or",
                [&] { return list(depth, kind::all, "and", [&] { return one(depth); }); });
  }

  template <class Part>
  node_pointer list(int, kind is, std::string_view joint, Part part) {
    auto made = std::make_shared<row_filter::node>();
    made->is = is;
    do
      made->parts.push_back(part());
    while (error_.empty() && take_word(joint));
    return made->parts.size() == 1 ? made->parts.front() : made;
  }

  node_pointer one(int depth) {
    if (depth > depth_max)
      return fail("fewer brackets");
    if (take_word("not")) {
      auto made = std::make_shared<row_filter::node>();
      made->is = kind::none;
      made->parts.push_back(one(depth + 1));
      return made;
    }
    if (take("(")) {
      auto inside = any(depth + 1);
      return error_.empty() && !take(")") ? fail("')'") : inside;
    }
    return comparison();
  }

  node_pointer comparison() {
    auto made = std::make_shared<row_filter::node>();
    made->column = word();
    if (made->column.empty())
      return fail("a column");
    for (std::string_view relation : {"!=", "<=", ">=", "=", "<", ">", "~"})
      if (take(relation)) {
        made->relation = relation;
        break;
      }
    if (made->relation.empty())
      return fail("one of = != < <= > >= ~");
    if (!value(made->text))
      return fail("a value");
    made->number = number_of(made->text);
    columns.push_back(made->column);
    return made;
  }

  bool value(std::string& into) {
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      auto mark = text_[at_];
      into.clear();
      for (;;) { // two marks are one that belongs to the value
        auto end = text_.find(mark, at_ + 1);
        if (end == std::string_view::npos)
          return false;
        into += text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        if (at_ == text_.size() || text_[at_] != mark)
          return true;
        into.push_back(mark);
      }
    }
    into = word();
    return !into.empty();
  }

  std::string word() {
    skip_space();
    auto begin = at_;
    while (at_ < text_.size() && word_character(text_[at_]))
      ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  bool take(std::string_view sign) {
    skip_space();
    if (!text_.substr(at_).starts_with(sign))
      return false;
    at_ += sign.size();
    return true;
  }

  bool take_word(std::string_view name) {
    auto before = at_;
    if (lower(word()) == name)
      return true;
    at_ = before;
    return false;
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
      ++at_;
  }

  node_pointer fail(std::string_view expected) {
    if (error_.empty())
      error_ = std::string{expected} + " is expected in '" + std::string{text_} + "'";
    return std::make_shared<row_filter::node>();
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string error_;
};

} // namespace

tl::expected<row_filter, base::bad_input> row_filter::parse(std::string_view text) {
  row_filter made;
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; }))
    return made;
  if (text.size() > text_max)
    return tl::unexpected(base::bad_input{"--where", "at most 2,000 characters are accepted"});
  filter_parser parser{text};
  auto root = parser.parse();
  if (!root)
    return tl::unexpected(root.error());
  made.root_ = std::move(*root);
  made.columns_ = std::move(parser.columns);
  return made;
}

bool row_filter::takes(const row_cells& row) const {
  return !root_ || root_->takes(row);
}

std::string quoted(std::string_view value) {
  std::string made{'"'};
  for (char c : value)
    made.append(c == '"' ? 2 : 1, c);
  return made + '"';
}

row_cells cells_of(const rapidjson::Value& object) {
  return [&object](std::string_view column) -> cell {
    const auto* at = &object;
    for (auto rest = column; !rest.empty();) {
      auto dot = std::min(rest.find('.'), rest.size());
      if (!at->IsObject())
        return {};
      // A value, not the reference itself: that turns into a pointer and forgets its length.
      rapidjson::Value name{
        rapidjson::StringRef(rest.data(), static_cast<rapidjson::SizeType>(dot))};
      auto found = at->FindMember(name);
      if (found == at->MemberEnd())
        return {};
      at = &found->value;
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    if (at->IsNumber())
      return at->GetDouble();
    if (at->IsBool())
      return std::string{at->GetBool() ? "true" : "false"};
    if (at->IsString())
      return std::string{at->GetString(), at->GetStringLength()};
    return {};
  };
}

bool less(const cell& left, const cell& right) {
  auto rank = [](const cell& x) { return x.index() == 0 ? size_t{3} : x.index(); };
  return rank(left) != rank(right) ? rank(left) < rank(right) : left < right;
}

tl::expected<double, base::bad_input> parse_seconds(std::string_view text) {
  auto value = number_of(text);
  if (!value || *value < 0)
    return tl::unexpected(base::bad_input{
      "a length of time", "'" + std::string{text} + "' is not like 90s, 10m or 1.5h"});
  return *value;
}

} // namespace nova::shell
