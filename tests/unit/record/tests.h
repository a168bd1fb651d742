/* cmocka wants these headers before its own. */
#ifndef TG_RECORD_TESTS_H
#define TG_RECORD_TESTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tamga/record.h"

#endif
