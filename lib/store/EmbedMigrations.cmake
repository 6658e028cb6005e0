# Writes db/migrations/*.up.sql into a .cc file (lib/store/migrations.h).
function(embed_migrations folder output)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.up.sql)
  list(SORT files)
  set(entries "")
  foreach(file IN LISTS files)
    get_filename_component(base ${file} NAME)
    string(REGEX MATCH "^0*([0-9]+)_(.*)\\.up\\.sql$" matched ${base})
    set(version ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
    file(READ ${file} text)
    string(APPEND entries "    {${version}, \"${name}\", R\"vexaa(${text})vexaa\"},\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endforeach()
  set(content "// Made from db/migrations by lib/store/EmbedMigrations.cmake.
#include \"lib/store/migrations.h\"

namespace vexaa::store {
namespace {
constexpr Migration kMigrations[] = {
${entries}};
}  // namespace

std::span<const Migration> EmbeddedMigrations() { return kMigrations; }

}  // namespace vexaa::store
")
  file(GENERATE OUTPUT ${output} CONTENT "${content}")
endfunction()
