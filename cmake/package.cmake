# What is installed where (`cmake --install`), and the Debian package of it (`cpack -G DEB`, by
# deploy/package).
include(GNUInstallDirs)
# Packing needs the program, not the tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_SET_DESTDIR ON)
set(doc ${CMAKE_INSTALL_DOCDIR})
set(made ${PROJECT_BINARY_DIR}/documents)

# The manual page of the program takes commands and options from its --help.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
file(GLOB manuals CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/deploy/man/*.[15])
add_custom_command(
  OUTPUT ${made}/tillwatch.1.gz ${made}/tillwatch.yaml.5.gz ${made}/changelog.Debian.gz ${made}/changelog.gz
  COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/deploy/man/make $<TARGET_FILE:tillwatch> ${made}
  DEPENDS tillwatch ${manuals} ${PROJECT_SOURCE_DIR}/config/README.md ${PROJECT_SOURCE_DIR}/deploy/man/make ${PROJECT_SOURCE_DIR}/deploy/debian/changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  VERBATIM)
add_custom_target(documents DEPENDS ${made}/tillwatch.1.gz)

install(TARGETS tillwatch DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${made}/tillwatch.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/tillwatch.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${made}/changelog.Debian.gz deploy/debian/copyright README.md ${made}/changelog.gz DESTINATION ${doc})
foreach(room config probes daemon deploy)
  install(FILES ${room}/README.md DESTINATION ${doc} RENAME ${room}.md OPTIONAL)
endforeach()
foreach(room prometheus grafana alertmanager proxy)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/deploy/${room})
    install(DIRECTORY deploy/${room} DESTINATION ${doc}/examples)
  endif()
endforeach()
install(FILES config/schema/tillwatch.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/tillwatch)
install(FILES deploy/completions/tillwatch.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tillwatch)
install(FILES deploy/completions/_tillwatch DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES deploy/completions/tillwatch.fish
        DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES deploy/debian/tillwatch.yaml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/tillwatch)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/tillwatch/credentials
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

# The unit names the program where it is. Debian 12 keeps units in /lib.
set(units ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
  set(units /lib/systemd/system)
endif()
file(READ ${PROJECT_SOURCE_DIR}/deploy/systemd/tillwatch.service unit)
string(REPLACE /usr/bin ${CMAKE_INSTALL_FULL_BINDIR} unit "${unit}")
file(CONFIGURE OUTPUT ${made}/tillwatch.service CONTENT "${unit}" @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/deploy/systemd/tillwatch.service)
install(FILES ${made}/tillwatch.service DESTINATION ${units})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tillwatch)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The tillwatch authors <maintainers@tillwatch.example>")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "monitor of online stores that keeps their Zero-Revenue-Break Hours")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "It opens an online store every minute the way a customer does: the storefront,
the cart, the checkout up to the step before payment. It says what a customer
cannot do and since when, and keeps the hours of the last 30 days in which
checkout, fulfilment or tracking was broken. Prometheus scrapes it.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(file conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/deploy/debian/${file})
endforeach()
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/package_times.cmake)
include(CPack)
