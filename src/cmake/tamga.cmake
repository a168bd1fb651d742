# What every folder's CMakeLists.txt uses: one way to make a library, a program, a test.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(TAMGA_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wformat=2 -Wimplicit-fallthrough -Wcast-align -Wundef -Wvla -Wswitch-enum -Wnull-dereference)
if(TAMGA_WERROR)
	list(APPEND TAMGA_WARNINGS -Werror)
endif()

function(tamga_common target)
	target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR})
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE TAMGA_VERSION="${PROJECT_VERSION}")
	target_compile_options(${target} PRIVATE ${TAMGA_WARNINGS} -fstack-protector-strong
		-include ${CMAKE_SOURCE_DIR}/src/base/banned.h)
	if(TAMGA_SANITIZE)
		target_compile_options(${target} PRIVATE -fsanitize=${TAMGA_SANITIZE} -fno-omit-frame-pointer)
		target_link_options(${target} PRIVATE -fsanitize=${TAMGA_SANITIZE})
	endif()
	# Programs that run as pie with all relocations done at start; only what is used is linked.
	set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
	target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now -Wl,--as-needed)
endfunction()

# tamga_library(NAME SOURCES a.c b.c LINK tg_base PACKAGES ncursesw): static library tg_NAME of one layer.
function(tamga_library name)
	cmake_parse_arguments(A "" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_library(tg_${name} STATIC ${A_SOURCES})
	tamga_common(tg_${name})
	tamga_packages(tg_${name} PUBLIC ${A_PACKAGES})
	target_link_libraries(tg_${name} PUBLIC ${A_LINK} Threads::Threads)
endfunction()

# tamga_program(NAME SOURCES … LINK … PACKAGES …): lands in bin/.
function(tamga_program name)
	cmake_parse_arguments(A "" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_executable(${name} ${A_SOURCES})
	tamga_common(${name})
	tamga_packages(${name} PRIVATE ${A_PACKAGES})
	target_link_libraries(${name} PRIVATE ${A_LINK} Threads::Threads)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# tamga_test(NAME SOURCES … LINK …): a cmocka program, run by ctest with the sources' tests/ as TAMGA_TESTS_DIR.
function(tamga_test name)
	cmake_parse_arguments(A "" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_executable(${name} ${A_SOURCES})
	tamga_common(${name})
	target_compile_definitions(${name} PRIVATE TAMGA_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests"
		TAMGA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TAMGA_BINARY_DIR="${CMAKE_BINARY_DIR}")
	tamga_packages(${name} PRIVATE cmocka ${A_PACKAGES})
	target_link_libraries(${name} PRIVATE ${A_LINK} Threads::Threads)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()

# Packages by their pkg-config name; headers of packages are not held to our warnings.
function(tamga_packages target visibility)
	foreach(package ${ARGN})
		string(MAKE_C_IDENTIFIER "PC_${package}" id)
		pkg_check_modules(${id} REQUIRED IMPORTED_TARGET GLOBAL ${package})
		target_link_libraries(${target} ${visibility} PkgConfig::${id})
	endforeach()
endfunction()

function(tamga_folder folder)
	if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/CMakeLists.txt)
		add_subdirectory(${CMAKE_SOURCE_DIR}/${folder} ${CMAKE_BINARY_DIR}/${folder})
	endif()
endfunction()
