#include "nylas/folder_reader.hpp"

namespace nova::nylas {

tl::expected<folder, base::bad_input> read_folder(const json::value& object) {
  json::members fields{object};
  folder read;
  read.id = fields.required_id("id");
  read.grant_id = fields.id("grant_id");
  read.name = fields.text("name");
  read.parent_id = fields.id("parent_id");
  read.system_folder = fields.flag("system_folder");
  auto attributes = fields.list("attributes");
  for (rapidjson::SizeType i = 0; attributes != nullptr && i < attributes->Size(); ++i)
    if (const auto& attribute = (*attributes)[i]; attribute.IsString())
      read.attributes.emplace_back(json::text_of(attribute));
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

} // namespace nova::nylas
