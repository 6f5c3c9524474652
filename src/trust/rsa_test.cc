#include "trust/rsa.h"

#include <gtest/gtest.h>

#include "io/test_support.h"
#include "trust/rsa_test_keys.h"

namespace kerf::trust {
namespace {

class Rsa : public testing::Test {
 protected:
  Result<RsaPrivateKey> load(std::string_view pem, unsigned least_bits = safe_rsa_bits) {
    return RsaPrivateKey::load(folder_.put("key.pem", pem), least_bits);
  }
  io::TestFolder folder_;
  const Bytes message_ = as_bytes("what openssl signs\n");
};

// From: openssl dgst -sha256 -sign key.pem
constexpr const char* openssl_signature =
    "9d1dd71a2dd46fb96dd5b2a7ae600998ef22afe9085fc801ec50278680c30c4029ab959219a2216b093ea23d5f"
    "9250dc82dee7f0a2d9bdb5913b5674bb378211741720eabf8e186e153a03ec45b54ed74f9f0215b58bc8df78be"
    "77da809747c4745aac8b7bf970738318f7a3a02c3b79b346b671fa3ec432eb350e88bc0ba3aa08fd748b284d36"
    "4c2fadc9c9c068419df4fe1f4c3721fa464bcc74a4874a035b3240fc3ab2496fc302f6a403f5a68d3d715fdb66"
    "0934ad724c8b541a76c0a7813e6d7db0b7209715a4e1e33a8cafcf1b77b01becf5e289512d585945527a1a1242"
    "408161b7422a93d3d770bc64e62c705c09779a3112a12c00254c2557474669";

TEST_F(Rsa, SignaturesAreThoseOfOpenssl) {
  const auto key = load(rsa_key_a);
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->bits(), 2048U);
  const auto signature = sign(*key, message_);
  ASSERT_TRUE(signature);
  EXPECT_EQ(to_hex(*signature), openssl_signature);
  const auto public_key = RsaPublicKey::parse(key->public_der(), safe_rsa_bits);
  ASSERT_TRUE(public_key) << public_key.error().text();
  EXPECT_EQ(public_key->der(), key->public_der());
  EXPECT_TRUE(verify(*public_key, message_, *signature));
}

TEST_F(Rsa, AnythingElseIsDenied) {
  const auto key = load(rsa_key_a);
  const auto public_key = *RsaPublicKey::parse(key->public_der(), safe_rsa_bits);
  auto signature = *sign(*key, message_);
  EXPECT_EQ(verify(public_key, as_bytes("another message"), signature).error().code(),
            Code::denied);
  EXPECT_EQ(verify(public_key, message_, {}).error().code(), Code::denied);
  EXPECT_EQ(verify(public_key, message_, Bytes(signature).first(255)).error().code(), Code::denied);
  EXPECT_EQ(verify(public_key, message_, std::vector<std::uint8_t>(256, 0)).error().code(),
            Code::denied);
  const auto other = *RsaPublicKey::parse(load(rsa_key_b)->public_der(), safe_rsa_bits);
  EXPECT_EQ(verify(other, message_, signature).error().code(), Code::denied);
  signature.back() ^= 1;
  EXPECT_EQ(verify(public_key, message_, signature).error().code(), Code::denied);
}

TEST_F(Rsa, KeysThatAreRefused) {
  EXPECT_EQ(load(rsa_key_short).error().code(), Code::denied);
  EXPECT_TRUE(load(rsa_key_short, 1024));
  const auto short_der = load(rsa_key_short, 1024)->public_der();
  EXPECT_EQ(RsaPublicKey::parse(short_der, safe_rsa_bits).error().code(), Code::denied);

  EXPECT_EQ(load("").error().code(), Code::corrupt);
  EXPECT_EQ(RsaPublicKey::parse({}, safe_rsa_bits).error().code(), Code::corrupt);
  EXPECT_EQ(RsaPublicKey::parse(as_bytes(rsa_key_a), safe_rsa_bits).error().code(), Code::denied);
  EXPECT_EQ(RsaPrivateKey::load(folder_.file("none"), safe_rsa_bits).error().code(), Code::io);

  auto der = load(rsa_key_a)->public_der();
  for (std::size_t length = 0; length < der.size(); ++length) {
    EXPECT_FALSE(RsaPublicKey::parse(Bytes(der).first(length), safe_rsa_bits)) << length;
  }
  der.push_back(0);
  EXPECT_EQ(RsaPublicKey::parse(der, safe_rsa_bits).error().code(), Code::corrupt);

  // RFC 8032, section 7.1, test 1.
  EXPECT_EQ(load("-----BEGIN PRIVATE KEY-----\n"
                 "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                 "-----END PRIVATE KEY-----\n")
                .error()
                .code(),
            Code::unsupported);
}

}  // namespace
}  // namespace kerf::trust
