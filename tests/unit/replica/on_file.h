/* A centre's database as a back end of the suite; the sqlite3 program looks at it and changes it. */
#ifndef TG_REPLICA_ON_FILE_H
#define TG_REPLICA_ON_FILE_H

#include "conformance.h"

/* `open` opens the file "centre" of lib_path; `reset`: it is gone. */
int on_file_run(const char *name, struct tg_store *(*open)(void), void (*reset)(void));
void on_file_remove(void);

#endif
