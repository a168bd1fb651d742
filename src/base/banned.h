/* Functions that have no place here do not compile. Forced into every file by src/cmake/tamga.cmake.
 * Right of each name stands what to use instead. */
#ifndef TAMGA_BANNED_H
#define TAMGA_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TG_BANNED(name) sorry_##name##_is_banned

#undef strcpy
#define strcpy(d, s) TG_BANNED(strcpy) /* tg_copy */
#undef strcat
#define strcat(d, s) TG_BANNED(strcat) /* tg_buf_add_str */
#undef strncpy
#define strncpy(d, s, n) TG_BANNED(strncpy) /* tg_copy */
#undef strncat
#define strncat(d, s, n) TG_BANNED(strncat) /* tg_buf_add */
#undef sprintf
#define sprintf(...) TG_BANNED(sprintf) /* snprintf, tg_buf_addf */
#undef vsprintf
#define vsprintf(...) TG_BANNED(vsprintf) /* vsnprintf */
#undef gets
#define gets(s) TG_BANNED(gets)
#undef strtok
#define strtok(s, d) TG_BANNED(strtok) /* strtok_r */
#undef localtime
#define localtime(t) TG_BANNED(localtime) /* tg_time_local: the offset is data */
#undef gmtime
#define gmtime(t) TG_BANNED(gmtime) /* gmtime_r */
#undef asctime
#define asctime(t) TG_BANNED(asctime)
#undef ctime
#define ctime(t) TG_BANNED(ctime)
#undef atoi
#define atoi(s) TG_BANNED(atoi) /* strtol with its end checked */
#undef atol
#define atol(s) TG_BANNED(atol)
#undef system
#define system(c) TG_BANNED(system)
#undef popen
#define popen(c, m) TG_BANNED(popen)
#undef alloca
#define alloca(n) TG_BANNED(alloca)

#endif
