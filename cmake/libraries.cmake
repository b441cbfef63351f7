# The libraries of DESIGN.md section 8, all of them Debian packages.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS headers json url CONFIG)
find_package(CURL 7.87 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(LibXml2 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(date REQUIRED)  # time zones, which GCC 12's <chrono> lacks
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
# By pkg-config: its CMake file asks for an HTTP server and curl, which the core does without.
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# libjq ships neither a CMake nor a pkg-config file.
find_path(JQ_INCLUDE_DIR jq.h REQUIRED)
find_library(JQ_LIBRARY jq REQUIRED)
add_library(jq::jq UNKNOWN IMPORTED)
set_target_properties(jq::jq PROPERTIES IMPORTED_LOCATION ${JQ_LIBRARY}
                      INTERFACE_INCLUDE_DIRECTORIES ${JQ_INCLUDE_DIR})
