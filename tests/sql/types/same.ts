// Whether two types are one, not only assignable: `SCHEMA` is replaced by the name of a schema.
import type { Database as Theirs, Tables as TheirTables, TablesInsert as TheirInserts } from "./theirs"
import type { Database as Ours, Tables as OurTables, TablesInsert as OurInserts } from "./ours"

type Equal<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false
// The names of what is in one alone or is another type: an error of the compiler shows them.
type Different<X, Y> = {
  [K in keyof X | keyof Y]: K extends keyof X & keyof Y ? (Equal<X[K], Y[K]> extends true ? never : K) : K
}[keyof X | keyof Y]
type Same<X, Y> = [Different<X, Y>] extends [never] ? true : Different<X, Y>

export const tables: Same<Theirs["SCHEMA"]["Tables"], Ours["SCHEMA"]["Tables"]> = true
export const views: Same<Theirs["SCHEMA"]["Views"], Ours["SCHEMA"]["Views"]> = true
export const functions: Same<Theirs["SCHEMA"]["Functions"], Ours["SCHEMA"]["Functions"]> = true
export const enums: Same<Theirs["SCHEMA"]["Enums"], Ours["SCHEMA"]["Enums"]> = true
export const composites: Same<Theirs["SCHEMA"]["CompositeTypes"], Ours["SCHEMA"]["CompositeTypes"]> = true

type Each = keyof Ours["SCHEMA"]["Tables"]
type TheirRows = { [K in Each]: TheirTables<{ schema: "SCHEMA" }, K> }
type OurRows = { [K in Each]: OurTables<{ schema: "SCHEMA" }, K> }
export const rows: Same<TheirRows, OurRows> = true
type TheirNew = { [K in Each]: TheirInserts<{ schema: "SCHEMA" }, K> }
type OurNew = { [K in Each]: OurInserts<{ schema: "SCHEMA" }, K> }
export const inserted: Same<TheirNew, OurNew> = true
