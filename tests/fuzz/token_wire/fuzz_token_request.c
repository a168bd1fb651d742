/* The child's parser of requests. Input: two bytes of kind, then the body of the frame. What is accepted is built again
 * and must come out as the same bytes where the fields stood in their order, and must parse again in any case. */
#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct tg_token_request r, again;
	struct tg_buf body = TG_BUF_INIT;
	if (n < 2)
		return 0;
	uint16_t kind = (uint16_t)(data[0] << 8 | data[1]);
	if (tg_token_request_parse(&r, kind, data + 2, n - 2) != TG_OK)
		return 0;
	tg_token_request_build(&r, &body);
	if (body.len != n - 2 || tg_token_request_parse(&again, kind, body.data, body.len) != TG_OK)
		abort();
	for (unsigned f = 0; f < TG_F_COUNT; f++)
		if (again.field[f].len != r.field[f].len || !again.field[f].data != !r.field[f].data ||
		        (r.field[f].len && memcmp(again.field[f].data, r.field[f].data, r.field[f].len) != 0))
			abort();
	tg_buf_finish(&body);
	return 0;
}
