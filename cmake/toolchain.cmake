# Warnings, sanitizers and what every target of the project is compiled with.

# What is shipped does without ccache: set to share between trees, it rewrites paths, and the build
# id shows it.
find_program(CCACHE ccache)
if(CCACHE AND NOT TILLWATCH_HARDEN)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(tillwatch_options INTERFACE)
target_compile_options(tillwatch_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(TILLWATCH_WERROR)
  target_compile_options(tillwatch_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overflows in inlined standard library code that are not there.
  target_compile_options(tillwatch_options INTERFACE -Wno-restrict -Wno-stringop-overflow
                         -Wno-array-bounds -Wno-maybe-uninitialized
                         # Asio's coroutine frames have their own operator new and delete.
                         -Wno-mismatched-new-delete)
endif()
if(TILLWATCH_SANITIZE)
  target_compile_options(tillwatch_options INTERFACE -fsanitize=${TILLWATCH_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND TILLWATCH_SANITIZE MATCHES "undefined")
    # Clang 14 cannot put this one's marks before a coroutine.
    target_compile_options(tillwatch_options INTERFACE -fno-sanitize=function)
  endif()
  target_link_options(tillwatch_options INTERFACE -fsanitize=${TILLWATCH_SANITIZE})
endif()
if(TILLWATCH_HARDEN)
  # What Debian's own packages are built with; no path of the build's folders in what is built.
  target_compile_options(tillwatch_options INTERFACE -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
                         -Wformat -Werror=format-security -fstack-clash-protection
                         -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
  target_link_options(tillwatch_options INTERFACE -pie -Wl,-z,relro -Wl,-z,now)
endif()
target_include_directories(tillwatch_options INTERFACE ${PROJECT_SOURCE_DIR})

# lld links in a quarter of the time of GNU ld.
find_program(LLD ld.lld)
if(LLD)
  target_link_options(tillwatch_options INTERFACE -fuse-ld=lld)
endif()

# compile_quickly(TARGET HEADERS): HEADERS of cmake/precompiled are read once, not once a file, and with
# TILLWATCH_BATCHES the files are compiled in batches. Both change only the time that it takes: every file
# includes what it uses (clang-tidy reads each alone). In a batch, the names in the anonymous namespaces of a
# room have to differ.
function(compile_quickly target headers)
  if(TILLWATCH_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/${headers}.h)
  endif()
  if(TILLWATCH_BATCHES)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${TILLWATCH_BATCHES})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # GCC takes what is in a batch for what is in a header.
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()
