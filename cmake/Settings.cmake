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

# kerf_unit_test(NAME LIBRARY SOURCES...): GoogleTest programs, one a room.
function(kerf_unit_test name library)
  if(KERF_FUZZ)
    return()
  endif()
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE ${library} kerf::gtest)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST)
endfunction()

# kerf_fuzzer(NAME LIBRARY SOURCE CORPUS): a libFuzzer target with KERF_FUZZ, and always a program that
# replays the corpus folder (regressions included) as a test.
function(kerf_fuzzer name library source corpus)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${library})
  if(KERF_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz_replay.cc)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    add_test(NAME ${name}.replay COMMAND ${name} ${corpus})
  endif()
endfunction()
