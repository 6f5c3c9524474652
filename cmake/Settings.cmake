# A compiler cache, if there is one.
find_program(KERF_CCACHE ccache)
if(KERF_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KERF_CCACHE})
endif()

# Warnings (each with its reason) and definitions that every target of the project shares.
add_library(kerf_settings INTERFACE)
target_compile_definitions(kerf_settings INTERFACE
  _FILE_OFFSET_BITS=64)  # 64-bit file offsets on 32-bit machines
target_compile_options(kerf_settings INTERFACE
  -Wall -Wextra -Wpedantic -Werror
  -Wconversion -Wsign-conversion   # sizes from input must not lose bits silently
  -Wshadow                         # a shadowed length is a wrong length
  -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wcast-qual     # casts should say what they do
  -Wundef -Wvla -Wformat=2)
if(KERF_SANITIZE)
  target_compile_options(kerf_settings INTERFACE
    -fsanitize=${KERF_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kerf_settings INTERFACE -fsanitize=${KERF_SANITIZE})
endif()

if(KERF_FUZZ)
  target_compile_options(kerf_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Every test is labelled "quick" (./run test --quick runs it) or "slow", and a hanging one is ended.
set(KERF_TEST_TIMEOUT 600)

# kerf_unit_test(NAME LIBRARY SOURCES... [SLOW] [LIBRARIES more...]): a GoogleTest program, as a rule
# one a room. SLOW is for programs of more than a few seconds: split such tests off.
function(kerf_unit_test name library)
  if(KERF_FUZZ)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 2 arg "SLOW" "" "LIBRARIES")
  set(label quick)
  if(arg_SLOW)
    set(label slow)
  endif()
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${library} ${arg_LIBRARIES} kerf::gtest)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${label} TIMEOUT ${KERF_TEST_TIMEOUT})
endfunction()

# kerf_script_test(NAME LABEL COMMAND...): a program or script as one test; LABEL is quick or slow.
# Exit 77 with a printed line "SKIP: reason" counts as skipped.
function(kerf_script_test name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES
    LABELS ${label} TIMEOUT ${KERF_TEST_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

# kerf_fuzzer(NAME LIBRARY SOURCE CORPUS): a libFuzzer target with KERF_FUZZ, else a program that
# replays the corpus folder (regressions included) as a test.
function(kerf_fuzzer name library source corpus)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${library})
  if(KERF_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    file(WRITE ${PROJECT_BINARY_DIR}/fuzz/${name}.corpus ${corpus})  # for tools/run_fuzzers.py
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz_replay.cc)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    kerf_script_test(${name}.replay quick $<TARGET_FILE:${name}> ${corpus})
  endif()
endfunction()
