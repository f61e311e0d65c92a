#include "http/http_parser.hpp"

#include "http/http_message.hpp"

#include <algorithm>
#include <charconv>

// One request is: head, then nothing, a body of known length, or chunks.
//
//   head ──▶ body ────────────────────────────────────────▶ done
//     ├────▶ chunk_size ─▶ chunk_data ─▶ chunk_end ─┐        ▲
//     │          ▲────────────────────────────────── ┘        │
//     │          └─(size 0)─▶ trailer, ignored ───────────────┤
//     └───────────────────────────────────────────────────────┘
//
// Any step may end in `failed`; then the connection must be closed, for nobody knows where the next
// request begins.

namespace nova::http {
namespace {

constexpr size_t fields_max = 100;
constexpr size_t chunk_line_max = 256;

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || marks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text,
                             [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

/// Whether a comma-separated list has this element, whatever its case.
bool lists(std::string_view list, std::string_view element) {
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trimmed(list.substr(0, comma)), element))
      return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool parse_number(std::string_view text, int radix, uint64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, radix);
  return error == std::errc{} && end == text.data() + text.size();
}

} // namespace

size_t request_parser::feed(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && step_ != step::done && step_ != step::failed) {
    auto rest = bytes.substr(used);
    switch (step_) {
      case step::head: used += feed_head(rest); break;
      case step::body:
      case step::chunk_data: used += feed_body(rest); break;
      default: used += feed_line(rest); break;
    }
  }
  return used;
}

size_t request_parser::feed_head(std::string_view bytes) {
  constexpr std::string_view blank = "\r\n\r\n";
  if (head_.empty()) {
    // Empty lines before a request are a courtesy to old clients: RFC 9112, 2.2.
    if (bytes.front() == '\r' || bytes.front() == '\n')
      return 1;
    if (auto end = bytes.substr(0, header_max_).find(blank); end != std::string_view::npos) {
      parse_head(bytes.substr(0, end + 2));
      return end + blank.size();
    }
  }
  auto before = head_.size();
  head_.append(bytes.substr(0, header_max_ - before));
  auto end = head_.find(blank, before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    if (head_.size() >= header_max_)
      refuse(431);
    return head_.size() - before;
  }
  auto head = std::exchange(head_, {});
  parse_head(std::string_view{head}.substr(0, end + 2));
  return end + blank.size() - before;
}

/// `head` is the request line and the fields, each with its line end.
void request_parser::parse_head(std::string_view head) {
  auto line_end = head.find("\r\n");
  if (!parse_request_line(head.substr(0, line_end)))
    return;
  head.remove_prefix(line_end + 2);
  for (; !head.empty(); head.remove_prefix(line_end + 2)) {
    line_end = head.find("\r\n");
    if (request_.headers.size() >= fields_max) {
      refuse(431);
      return;
    }
    if (!parse_field(head.substr(0, line_end)))
      return;
  }
  if (chunked_)
    step_ = step::chunk_size;
  else
    step_ = missing_ > 0 ? step::body : step::done;
}

bool request_parser::parse_request_line(std::string_view line) {
  auto first = line.find(' ');
  auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse(400);
  auto method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  auto version = line.substr(last + 1);
  bool target_is_clean = !target.empty() && std::ranges::all_of(target, [](unsigned char c) {
    return c > 0x20 && c != 0x7f;
  });
  if (!is_token(method) || !target_is_clean || !version.starts_with("HTTP/"))
    return refuse(400);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse(505);
  http_1_0_ = version == "HTTP/1.0";
  keep_alive_ = !http_1_0_;
  request_.method = method;
  request_.target = target;
  return true;
}

bool request_parser::parse_field(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse(400); // also a folded line, which begins with a space
  auto name = line.substr(0, colon);
  auto value = trimmed(line.substr(colon + 1));
  if (!is_field_value(value) || !parse_framing(name, value))
    return refuse(400);
  request_.headers.emplace_back(name, value);
  return step_ != step::failed;
}

/// What decides where the body ends and whether the connection lives on. False when it is
/// ambiguous.
bool request_parser::parse_framing(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "content-length")) {
    uint64_t length = 0;
    if (chunked_ || !parse_number(value, 10, length) || (has_length_ && length != missing_))
      return false;
    has_length_ = true;
    missing_ = length;
    if (length > body_max_)
      refuse(413);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (chunked_ || has_length_ || http_1_0_)
      return false;
    chunked_ = true;
    if (!equal_ignoring_case(value, "chunked"))
      refuse(501);
  } else if (equal_ignoring_case(name, "connection")) {
    if (lists(value, "close"))
      keep_alive_ = false;
    else if (http_1_0_ && lists(value, "keep-alive"))
      keep_alive_ = true;
  } else if (equal_ignoring_case(name, "expect")) {
    expects_continue_ = !http_1_0_ && equal_ignoring_case(value, "100-continue");
  }
  return true;
}

/// Of a body with a length, or of one chunk.
size_t request_parser::feed_body(std::string_view bytes) {
  auto piece = bytes.substr(0, std::min<uint64_t>(bytes.size(), missing_));
  request_.body.append(piece);
  missing_ -= piece.size();
  if (missing_ == 0)
    step_ = step_ == step::body ? step::done : step::chunk_end;
  return piece.size();
}

/// Of the lines between and after chunks.
size_t request_parser::feed_line(std::string_view bytes) {
  auto line_end = bytes.find('\n');
  auto piece = bytes.substr(0, line_end == std::string_view::npos ? bytes.size() : line_end + 1);
  head_.append(piece);
  if (head_.size() > (step_ == step::trailer ? header_max_ : chunk_line_max)) {
    refuse(step_ == step::trailer ? 431 : 400);
  } else if (line_end != std::string_view::npos) {
    auto line = std::exchange(head_, {});
    if (line.ends_with("\r\n"))
      end_line(std::string_view{line}.substr(0, line.size() - 2));
    else
      refuse(400);
  }
  return piece.size();
}

void request_parser::end_line(std::string_view line) {
  if (step_ == step::chunk_size) {
    parse_chunk_size(line);
  } else if (step_ == step::chunk_end) {
    if (line.empty())
      step_ = step::chunk_size;
    else
      refuse(400);
  } else if (line.empty()) {
    step_ = step::done;
  } else if ((trailer_ += line.size()) > header_max_) {
    refuse(431);
  }
}

void request_parser::parse_chunk_size(std::string_view line) {
  auto digits = trimmed(line.substr(0, line.find(';')));
  if (!parse_number(digits, 16, missing_))
    refuse(400);
  else if (missing_ > body_max_ - request_.body.size())
    refuse(413);
  else
    step_ = missing_ > 0 ? step::chunk_data : step::trailer;
}

/// Always false, so that a check can return it. The first reason counts.
bool request_parser::refuse(int status) {
  if (step_ != step::failed)
    refusal_ = status;
  step_ = step::failed;
  return false;
}

} // namespace nova::http
