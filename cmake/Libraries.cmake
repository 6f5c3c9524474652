# Third-party libraries, all from Debian, each behind an alias so that presets can choose their source.
find_package(Threads REQUIRED)
# Loading libcrypto takes as long as applying a small patch: programs carry it with them.
if(KERF_STATIC_LIBRARIES)
  set(kerf_suffixes ${CMAKE_FIND_LIBRARY_SUFFIXES})
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a ${CMAKE_FIND_LIBRARY_SUFFIXES})
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(BZip2 REQUIRED)
add_library(kerf::bzip2 ALIAS BZip2::BZip2)
find_package(LibLZMA REQUIRED)
add_library(kerf::lzma ALIAS LibLZMA::LibLZMA)
find_package(OpenSSL REQUIRED)
add_library(kerf::crypto ALIAS OpenSSL::Crypto)
if(KERF_STATIC_LIBRARIES)
  set(CMAKE_FIND_LIBRARY_SUFFIXES ${kerf_suffixes})
endif()

# Headers alone, the same for every machine: not from the i386 packages.
find_package(nlohmann_json REQUIRED NO_CMAKE_FIND_ROOT_PATH)

if(NOT KERF_APPLY_ONLY)
  find_path(DIVSUFSORT_INCLUDE divsufsort.h REQUIRED)
  find_library(DIVSUFSORT_LIBRARY divsufsort REQUIRED)
  find_library(DIVSUFSORT64_LIBRARY divsufsort64 REQUIRED)
  add_library(kerf_divsufsort INTERFACE)
  target_include_directories(kerf_divsufsort SYSTEM INTERFACE ${DIVSUFSORT_INCLUDE})
  target_link_libraries(kerf_divsufsort INTERFACE ${DIVSUFSORT_LIBRARY} ${DIVSUFSORT64_LIBRARY})
  add_library(kerf::divsufsort ALIAS kerf_divsufsort)

  find_package(CLI11 REQUIRED)
  find_package(fmt REQUIRED)
endif()

if(NOT KERF_FUZZ)
  include(GoogleTest)
  find_package(GTest REQUIRED)
  add_library(kerf::gtest ALIAS GTest::gtest_main)
endif()
