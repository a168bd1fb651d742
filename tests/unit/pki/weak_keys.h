/* Moduli of RSA-2048 keys that look like any other and are not: made by a script from the papers, not by our code.
 * ROCA: both primes are k * M + 65537^a mod M, M the product of the first 126 primes (Nemec and others, 2017).
 * Close: the second prime is the next one after the first (CVE-2022-26320). */
#ifndef TESTS_PKI_WEAK_KEYS_H
#define TESTS_PKI_WEAK_KEYS_H

#define WEAK_ROCA                                                                                                      \
	"c2f9add2f6aeb57c572a1e47f53abf867d683666d09de2e5b82b2e1178ba7083dd0f5485c4c366d75812cdd3f92de1fb"             \
	"8dca682a923cf4b5e948ceff3056efdf2540a55e171b1f1a2a24004b7d0c2af5fb068bd4aa2d3e5d429e3d4a43ba7214"             \
	"eb416a151a2e67400b1f799d1b27bd85f506eeafe32508f9fc9dab8d7717200e734c001a0cf7cfa700fa1ab6e833046d"             \
	"cb25bb26c97d84234063ba13e9f094a13cbd71373a4b5f6ff75b0ef5c9c6ad51c653d5bc4604aa5b1feb77b0cad911d5"             \
	"34042cda40c86a2c567294f6e9e909ae1418fc15edb673a943608d40a497e6aae0fcdf1c992e1dd19d6d7ebddbeed0e3"             \
	"037d92c334492691bfb047c918dd9df7"
#define WEAK_CLOSE                                                                                                     \
	"ee0ae3535a065ab1607825a510082310fc865a58e7eddc0b99d49180bd068d60661c7c78dac300a5368f8462bb48aff0"             \
	"406e82ac764ff6d7c47bace9f5feb95550e2cecd215c63d53e0b74e01e465c45aad9e9029c1cdc95bdf23c15855b72aa"             \
	"0b3ae174e2cda03c99a6f756a44b6e027ff1ed24826277f50c15c8172dbc55de308281672015f61a57f7910aa9d96499"             \
	"ea21dad6a89ecad0cef088df6a6ca702c1bccf849259873f5d5cf1c1009fe4016a3d664de771b34a47599360942f4342"             \
	"b409d30ccf720dc85fc130fe773e389be9138be59b6bf549d5c4942d42f00dc7d7fc961eb5423a2cfe0a6c8ff514b3a0"             \
	"6c9c24d971ff52dc2847d76f4f57d659"

#endif
