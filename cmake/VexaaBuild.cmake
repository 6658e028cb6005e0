# How everything here is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(VEXAA_CCACHE ccache)
if(VEXAA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VEXAA_CCACHE})
  if(VEXAA_PRECOMPILE)
    # Without both ccache takes nothing that GCC compiles with such a header.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros ${VEXAA_CCACHE})
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endif()

add_library(vexaa_options INTERFACE)
target_include_directories(vexaa_options INTERFACE ${PROJECT_SOURCE_DIR})
# A designated initializer leaves the rest at its default on purpose.
target_compile_options(vexaa_options INTERFACE
  -Wall -Wextra -Wpedantic -Wno-missing-field-initializers)
if(VEXAA_WERROR)
  target_compile_options(vexaa_options INTERFACE -Werror)
endif()
if(VEXAA_SANITIZE)
  target_compile_options(vexaa_options INTERFACE
    -fsanitize=${VEXAA_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  target_link_options(vexaa_options INTERFACE -fsanitize=${VEXAA_SANITIZE})
endif()

if(VEXAA_FUZZ)
  target_compile_options(vexaa_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The standard headers that nearly every file reads, compiled once: a quarter of
# the time of a first build. Only where nobody develops: a file that forgets to
# include one of them compiles all the same.
function(vexaa_precompile target)
  if(VEXAA_PRECOMPILE AND target STREQUAL vexaa_base)
    target_precompile_headers(vexaa_base PRIVATE
      <algorithm> <atomic> <charconv> <chrono> <condition_variable> <filesystem>
      <fstream> <functional> <map> <memory> <mutex> <optional> <set> <span>
      <stop_token> <string> <string_view> <thread> <utility> <vector>)
  elseif(VEXAA_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM vexaa_base)
  endif()
endfunction()

# vexaa_library(NAME SOURCES...): the static library vexaa_NAME.
function(vexaa_library name)
  add_library(vexaa_${name} STATIC ${ARGN})
  target_link_libraries(vexaa_${name} PUBLIC vexaa_options)
  vexaa_precompile(vexaa_${name})
endfunction()
