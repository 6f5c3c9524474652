# 32-bit x86 on a 64-bit machine. The third-party libraries are Debian's i386 packages, unpacked by
# tools/i386_libraries.sh into a folder of the build tree: installing them beside the amd64 ones
# would need every version to match, and a foreign architecture in the system's configuration.
get_filename_component(KERF_I386_ROOT ${CMAKE_CURRENT_LIST_DIR}/../build/i386 ABSOLUTE)
# openssl/configuration.h lies in the folder of the architecture; <asm/...> serves both, but lies in
# that of the 64-bit one (gcc-multilib would bring a link, and drive out the cross compilers).
set(CMAKE_CXX_FLAGS_INIT
  "-m32 -isystem ${KERF_I386_ROOT}/usr/include/i386-linux-gnu -idirafter /usr/include/x86_64-linux-gnu")
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)
set(CMAKE_CXX_LIBRARY_ARCHITECTURE i386-linux-gnu)
set(CMAKE_FIND_ROOT_PATH ${KERF_I386_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Static: the machine has no i386 runtime packages, and needs none.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(OPENSSL_USE_STATIC_LIBS ON)
