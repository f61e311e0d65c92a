#include "app/types_file.hpp"

#include <fmt/format.h>

#include <algorithm>

// Two parts: what the database says, and what every such file has after it. The latter has the
// names and meanings that supabase-js's users know from `supabase gen types`.

namespace nova::app {
namespace {

constexpr std::string_view types_head =
  R"ts(// Written by `nova types` from a database's catalog; not to be edited.
export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

)ts";

constexpr std::string_view types_end = R"ts(
type WithoutInternals = Omit<Database, "__InternalSupabase">
type DefaultSchema = WithoutInternals[Extract<keyof Database, "{0}">]
type In = {{ schema: keyof WithoutInternals }}
type Rows<Schema extends {{ Tables: unknown; Views: unknown }}> = Schema["Tables"] & Schema["Views"]

/** What a row of a table or view has. */
export type Tables<
  Name extends keyof Rows<DefaultSchema> | In,
  Of extends Name extends In ? keyof Rows<WithoutInternals[Name["schema"]]> : never = never
> = Name extends In
  ? Rows<WithoutInternals[Name["schema"]]>[Of] extends {{ Row: infer R }} ? R : never
  : Name extends keyof Rows<DefaultSchema>
    ? Rows<DefaultSchema>[Name] extends {{ Row: infer R }} ? R : never
    : never

/** What is given to insert one. */
export type TablesInsert<
  Name extends keyof DefaultSchema["Tables"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Tables"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Tables"][Of] extends {{ Insert: infer I }} ? I : never
  : Name extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][Name] extends {{ Insert: infer I }} ? I : never
    : never

/** What is given to update some. */
export type TablesUpdate<
  Name extends keyof DefaultSchema["Tables"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Tables"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Tables"][Of] extends {{ Update: infer U }} ? U : never
  : Name extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][Name] extends {{ Update: infer U }} ? U : never
    : never

/** The values of an enum. */
export type Enums<
  Name extends keyof DefaultSchema["Enums"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Enums"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Enums"][Of]
  : Name extends keyof DefaultSchema["Enums"] ? DefaultSchema["Enums"][Name] : never

/** The fields of a composite type. */
export type CompositeTypes<
  Name extends keyof DefaultSchema["CompositeTypes"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["CompositeTypes"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["CompositeTypes"][Of]
  : Name extends keyof DefaultSchema["CompositeTypes"] ? DefaultSchema["CompositeTypes"][Name] : never

export const Constants = {{
)ts";

/// As a string of JSON is written; names of schemas may have anything in them.
std::string as_key(std::string_view name) {
  std::string text = "\"";
  for (auto each : name) {
    if (each == '"' || each == '\\')
      text += '\\';
    text += each;
  }
  return text + '"';
}

} // namespace

std::string types_file(const std::vector<pg::schema_types>& schemas) {
  std::string text{types_head};
  text += "export type Database = {\n";
  for (const auto& one : schemas)
    text += "  " + as_key(one.schema) + ": {\n" + one.body + "\n  }\n";
  text += "}\n";
  bool has_public =
    std::ranges::any_of(schemas, [](const auto& one) { return one.schema == "public"; });
  text += fmt::format(types_end, has_public || schemas.empty() ? "public" : schemas.front().schema);
  for (const auto& one : schemas)
    text += "  " + as_key(one.schema) + ": {\n    Enums: {\n" + one.enums
            + (one.enums.empty() ? "" : "\n") + "    },\n  },\n";
  return text + "} as const\n";
}

} // namespace nova::app
