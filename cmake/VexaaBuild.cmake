# How everything here is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(VEXAA_CCACHE ccache)
if(VEXAA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${VEXAA_CCACHE})
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

# vexaa_library(NAME SOURCES...): the static library vexaa_NAME.
function(vexaa_library name)
  add_library(vexaa_${name} STATIC ${ARGN})
  target_link_libraries(vexaa_${name} PUBLIC vexaa_options)
endfunction()
