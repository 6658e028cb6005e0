# vexaa_test(NAME unit|integration SOURCES a.cc ... LIBS x ...)
# One GoogleTest program, one ctest entry, labelled by its kind.
find_package(GTest REQUIRED)

function(vexaa_test name kind)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock
    GTest::gtest GTest::gtest_main)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${kind}
    TIMEOUT ${ARG_TIMEOUT})
endfunction()
