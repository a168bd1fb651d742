# What every folder's CMakeLists.txt uses: one way to make a library, a program, a test.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C) # without it cmake compiles for PIE and leaves the linking to the compiler's taste

set(TAMGA_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wformat=2 -Wimplicit-fallthrough -Wcast-align -Wundef -Wvla -Wswitch-enum -Wnull-dereference)
if(TAMGA_WERROR)
	list(APPEND TAMGA_WARNINGS -Werror)
endif()

# In every build: what costs next to nothing and finds mistakes or stops an attacker (tests/arch/hardening reads it back
# from the finished programs).
set(TAMGA_HARDENING -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
	list(APPEND TAMGA_HARDENING -fcf-protection)
endif()
if(NOT TAMGA_SANITIZE AND NOT TAMGA_FUZZ AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
	# The sanitizers' own checks of the same functions are better, and it needs optimisation.
	list(APPEND TAMGA_HARDENING -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

# What a build is measured or watched by, at compiling and at linking.
set(TAMGA_WATCH)
if(TAMGA_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
		message(FATAL_ERROR "TAMGA_FUZZ needs clang: cmake --preset fuzz")
	endif()
	set(TAMGA_WATCH -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(TAMGA_SANITIZE)
	# Undefined behaviour ends the program as the other findings do: a message nobody reads is no finding.
	set(TAMGA_WATCH -fsanitize=${TAMGA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(TAMGA_COVERAGE)
	list(APPEND TAMGA_WATCH --coverage -fprofile-update=atomic)
endif()

function(tamga_common target)
	target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/include ${CMAKE_CURRENT_SOURCE_DIR})
	target_compile_definitions(${target} PRIVATE _GNU_SOURCE TAMGA_VERSION="${PROJECT_VERSION}")
	target_compile_options(${target} PRIVATE ${TAMGA_WARNINGS} ${TAMGA_HARDENING} ${TAMGA_WATCH}
		-include ${CMAKE_SOURCE_DIR}/src/base/banned.h)
	# Programs that run as pie with all relocations done at start; only what is used is linked.
	set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
	target_link_options(${target} PRIVATE ${TAMGA_WATCH} -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
endfunction()

# tamga_library(NAME SOURCES a.c b.c LINK tg_base PACKAGES ncursesw): static library tg_NAME of one layer.
function(tamga_library name)
	cmake_parse_arguments(A "" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_library(tg_${name} STATIC ${A_SOURCES})
	tamga_common(tg_${name})
	tamga_packages(tg_${name} PUBLIC ${A_PACKAGES})
	target_link_libraries(tg_${name} PUBLIC ${A_LINK} Threads::Threads)
endfunction()

# tamga_program(NAME [PLAIN] SOURCES … LINK … PACKAGES …): lands in bin/. PLAIN: never with sanitizers, for a program that
# walks through memory, its own among it: theirs is twenty terabytes wide.
function(tamga_program name)
	cmake_parse_arguments(A "PLAIN" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_executable(${name} ${A_SOURCES})
	if(A_PLAIN)
		set(TAMGA_WATCH)
	endif()
	tamga_common(${name})
	tamga_packages(${name} PRIVATE ${A_PACKAGES})
	target_link_libraries(${name} PRIVATE ${A_LINK} Threads::Threads)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# tamga_scheduled(NAME SLOTS): for ctest -j, which tests/run gives four slots a core. What computes takes two; stages wait
# for most of their time and take one. The longest begin first (tests/lib/seconds).
file(STRINGS ${CMAKE_SOURCE_DIR}/tests/lib/seconds TAMGA_SECONDS REGEX "^[a-z]")
function(tamga_scheduled name slots)
	set_tests_properties(${name} PROPERTIES PROCESSORS ${slots})
	foreach(line ${TAMGA_SECONDS})
		if(line MATCHES "^${name} ([0-9]+)$")
			set_tests_properties(${name} PROPERTIES COST ${CMAKE_MATCH_1})
		endif()
	endforeach()
endfunction()

# tamga_test(NAME SOURCES … LINK …): a cmocka program, run by ctest with the sources' tests/ as TAMGA_TESTS_DIR.
function(tamga_test name)
	cmake_parse_arguments(A "" "" "SOURCES;LINK;PACKAGES" ${ARGN})
	add_executable(${name} ${A_SOURCES})
	tamga_common(${name})
	target_compile_definitions(${name} PRIVATE TAMGA_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests"
		TAMGA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TAMGA_BINARY_DIR="${CMAKE_BINARY_DIR}")
	tamga_packages(${name} PRIVATE cmocka ${A_PACKAGES})
	if(NOT TARGET leave_nothing)
		add_library(leave_nothing STATIC ${CMAKE_SOURCE_DIR}/tests/lib/leave_nothing.c)
		tamga_common(leave_nothing)
		target_link_options(leave_nothing INTERFACE -Wl,--wrap=mkdtemp,--wrap=mkstemp)
	endif()
	target_link_libraries(${name} PRIVATE ${A_LINK} leave_nothing Threads::Threads)
	set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1800)
	tamga_scheduled(${name} 2)
endfunction()

# tamga_fuzz(NAME SOURCES fuzz_x.c LINK … [INCLUDE dir…] [PACKAGES …] [CORPUS dir] [STEP n]): a program around LLVMFuzzerTestOneInput. In every
# ordinary build a test that plays the corpus and its near variants; with TAMGA_FUZZ (preset fuzz) a libFuzzer program
# in fuzz/, whose test plays the corpus once, and `cmake --build … --target fuzz` builds all of them.
# STEP: only at each nth byte a variant, where one input costs a signature.
function(tamga_fuzz name)
	cmake_parse_arguments(A "" "CORPUS;STEP" "SOURCES;LINK;PACKAGES;INCLUDE" ${ARGN})
	if(NOT A_CORPUS)
		set(A_CORPUS corpus)
	endif()
	get_filename_component(corpus ${A_CORPUS} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
	if(TAMGA_FUZZ)
		add_executable(${name} ${A_SOURCES})
		target_link_options(${name} PRIVATE -fsanitize=fuzzer)
		set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
		add_test(NAME ${name} COMMAND ${name} -runs=0 ${corpus})
		if(NOT TARGET fuzz)
			add_custom_target(fuzz)
		endif()
		add_dependencies(fuzz ${name})
		# For tests/fuzz/run: which program starts from which corpus.
		set_property(GLOBAL APPEND_STRING PROPERTY TAMGA_FUZZ_LIST "${name} ${corpus}\n")
	else()
		set(step)
		if(A_STEP)
			set(step --step ${A_STEP})
		endif()
		add_executable(${name} ${A_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
		set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
		add_test(NAME ${name} COMMAND ${name} ${step} ${corpus})
	endif()
	tamga_common(${name})
	target_compile_definitions(${name} PRIVATE TAMGA_TESTS_DIR="${CMAKE_SOURCE_DIR}/tests"
		TAMGA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
	tamga_packages(${name} PRIVATE ${A_PACKAGES})
	target_include_directories(${name} PRIVATE ${A_INCLUDE})
	target_link_libraries(${name} PRIVATE ${A_LINK} Threads::Threads)
	set_tests_properties(${name} PROPERTIES TIMEOUT 1800)
	tamga_scheduled(${name} 2)
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

# tamga_stage_test(NAME SECONDS COMMAND…): a test with daemons and cards of its own. tests/lib/bounded ends it in time, so
# that it takes down what it started; ctest's own limit is for what does not listen.
function(tamga_stage_test name seconds)
	add_test(NAME ${name} COMMAND ${CMAKE_SOURCE_DIR}/tests/lib/bounded ${seconds} ${ARGN}
		WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 14500)
	tamga_scheduled(${name} 1)
endfunction()
