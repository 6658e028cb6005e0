# Every third-party package, found once. Debian 12's packages are the baseline.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(pugixml REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)

find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET
  libavformat libavcodec libswresample libswscale libavutil)
pkg_check_modules(EBUR128 REQUIRED IMPORTED_TARGET libebur128)

# Connector/C++ 1.1 ships neither a CMake nor a pkg-config file.
find_path(MYSQLCPPCONN_INCLUDE_DIR mysql_connection.h REQUIRED)
find_library(MYSQLCPPCONN_LIBRARY mysqlcppconn REQUIRED)
add_library(vexaa_mysqlcppconn INTERFACE)
target_include_directories(vexaa_mysqlcppconn SYSTEM INTERFACE
  ${MYSQLCPPCONN_INCLUDE_DIR})
target_link_libraries(vexaa_mysqlcppconn INTERFACE ${MYSQLCPPCONN_LIBRARY})
