#include "nylas/folder_reader.hpp"

namespace nova::nylas {
namespace {

std::string read_attributes(json::members& fields, std::span<const json::value> list) {
  std::string read = "[";
  for (const auto& element : list) {
    auto text = json::scalar_text(element);
    if (!text && !element.IsNull())
      fields.note("attributes", "an element is no text, left out");
    if (!text)
      continue;
    if (read.size() > 1)
      read += ',';
    json::append_string(read, *text);
  }
  return read += ']';
}

} // namespace

tl::expected<folder, base::bad_input> read_folder(const json::value& object) {
  json::members fields{object};
  folder read;
  read.id = fields.required_id("id");
  read.grant_id = fields.id("grant_id").value_or("");
  read.name = fields.text("name");
  read.parent_id = fields.id("parent_id");
  read.system_folder = fields.flag("system_folder");
  if (auto attributes = fields.list("attributes"))
    read.attributes = read_attributes(fields, *attributes);
  read.notes = fields.notes();
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

} // namespace nova::nylas
