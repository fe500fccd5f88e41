/*
 * crypt_selftest: published vectors a collector checks before it verifies anything.
 *
 * FIPS 180-4 (SHA-256, SHA-512), RFC 8032 section 7.1 (its long message aside), and the edge cases of "Taming the many
 * EdDSAs" (eprint 2020/1244), where libraries differ: a collector whose library answers
 * otherwise would accept what others refuse. tests/vectors/ed25519_edge.txt holds the same
 * cases with what each is about.
 */
#include "lib/crypt.h"

#include <string.h>

#include "lib/codec.h"

/* Signing: seed, key, message, signature. */
static const struct {
	const char *name, *seed, *pk, *msg, *sig;
} signing[] = {
    {"rfc8032 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
     "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"rfc8032 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
     "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"rfc8032 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
     "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"rfc8032 abc", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
     "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ec"
     "fdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

/* Verifying: the verdict of libsodium 1.0.18. */
static const struct {
	const char *name;
	bool accept;
	const char *msg, *pk, *sig;
} verifying[] = {
    {"edge 0", false, "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000"
     "000000000000000000000000000000000000000000000000"},
    {"edge 1", false, "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc"
     "476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"},
    {"edge 2", false, "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b2"
     "4fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e"},
    {"edge 3", true, "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
     "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
     "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d"
     "62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009"},
    {"edge 4", false, "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
     "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
     "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b72"
     "3e0668e540911a9a6a58921d6925e434ab10aa7940551a09"},
    {"edge 5", false, "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
     "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
     "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f710"
     "76f9abe3a53f9c03c1ceeeddb658d0030494ace586687405"},
    {"edge 6", false, "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd"
     "04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514"},
    {"edge 7", false, "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
     "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
     "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2"
     "f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22"},
    {"edge 8", false, "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edc"
     "d92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f"},
    {"edge 9", false, "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
     "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982"
     "aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908"},
    {"edge 10", false, "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc"
     "476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"},
    {"edge 11", false, "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc"
     "476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04"},
};

static enum rc failed(const char *name, struct err *reterr)
{
	return err_set(reterr, RC_INTERNAL, NULL, "crypt.selftest", "case", name, NULL);
}

static enum rc test_hashes(struct err *reterr)
{
	uint8_t got[CRYPT_HASH512_LEN];
	char text[CODEC_HEX_LEN(CRYPT_HASH512_LEN) + 1];

	crypt_sha256("abc", 3, got);
	codec_hex(got, CRYPT_HASH_LEN, text);
	if (strcmp(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != 0)
		return failed("sha256", reterr);
	crypt_sha512("abc", 3, got);
	codec_hex(got, CRYPT_HASH512_LEN, text);
	if (strcmp(text, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f") != 0)
		return failed("sha512", reterr);
	return RC_OK;
}

/* Message, key and signature of a case; false when the table itself is off. */
static bool read_case(const char *msg_hex, const char *pk_hex, const char *sig_hex,
		      struct span *msg, uint8_t room[64], uint8_t pk[CRYPT_PK_LEN],
		      uint8_t sig[CRYPT_SIG_LEN])
{
	size_t len = strlen(msg_hex) / 2;

	*msg = span_of(room, len);
	return len <= 64 && codec_hex_exact(span_str(msg_hex), room, len) &&
	       codec_hex_exact(span_str(pk_hex), pk, CRYPT_PK_LEN) &&
	       codec_hex_exact(span_str(sig_hex), sig, CRYPT_SIG_LEN);
}

static enum rc test_signing(size_t i, struct err *reterr)
{
	uint8_t seed[CRYPT_SEED_LEN], pk[CRYPT_PK_LEN], sig[CRYPT_SIG_LEN], got[CRYPT_SIG_LEN];
	uint8_t room[64];
	struct span msg;
	struct crypt_signer *signer;

	if (!read_case(signing[i].msg, signing[i].pk, signing[i].sig, &msg, room, pk, sig) ||
	    !codec_hex_exact(span_str(signing[i].seed), seed, sizeof(seed)))
		return failed(signing[i].name, reterr);
	enum rc rc = crypt_signer_seed(seed, &signer, reterr);
	if (rc != RC_OK)
		return rc;
	crypt_sign(signer, msg, got);
	bool ok = memcmp(crypt_signer_pk(signer), pk, sizeof(pk)) == 0 &&
		  memcmp(got, sig, sizeof(sig)) == 0 && crypt_verify(sig, msg, pk) &&
		  crypt_pk_check(pk, NULL) == RC_OK;
	crypt_signer_free(signer);
	sig[0] ^= 1;
	return ok && !crypt_verify(sig, msg, pk) ? RC_OK : failed(signing[i].name, reterr);
}

static enum rc test_verifying(size_t i, struct err *reterr)
{
	uint8_t pk[CRYPT_PK_LEN], sig[CRYPT_SIG_LEN], room[64];
	struct span msg;

	if (!read_case(verifying[i].msg, verifying[i].pk, verifying[i].sig, &msg, room, pk, sig) ||
	    crypt_verify(sig, msg, pk) != verifying[i].accept)
		return failed(verifying[i].name, reterr);
	return RC_OK;
}

enum rc crypt_selftest(struct err *reterr)
{
	enum rc rc = test_hashes(reterr);

	for (size_t i = 0; rc == RC_OK && i < sizeof(signing) / sizeof(signing[0]); i++)
		rc = test_signing(i, reterr);
	for (size_t i = 0; rc == RC_OK && i < sizeof(verifying) / sizeof(verifying[0]); i++)
		rc = test_verifying(i, reterr);
	return rc;
}
