#include "trust/ed25519.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/hash.h"

namespace kerf::trust {
namespace {

struct Vector {
  const char* secret;
  const char* open;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1, tests 1 to 3.
constexpr Vector vectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"}};

std::string pem(const char* label, std::string_view der_hex) {
  const auto der = from_hex(der_hex);
  std::string text(der->size() * 2 + 4, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), der->data(),
                                     static_cast<int>(der->size()));
  text.resize(static_cast<std::size_t>(length));
  return "-----BEGIN " + std::string(label) + "-----\n" + text + "\n-----END " + label + "-----\n";
}

std::string private_pem(std::string_view secret) {
  return pem("PRIVATE KEY", "302e020100300506032b657004220420" + std::string(secret));
}
std::string public_pem(std::string_view open) {
  return pem("PUBLIC KEY", "302a300506032b6570032100" + std::string(open));
}

class Ed25519 : public testing::Test {
 public:
  Ed25519()
      : folder_(std::filesystem::temp_directory_path() /
                ("kerf-trust-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(folder_);
  }
  ~Ed25519() override { std::filesystem::remove_all(folder_); }

 protected:
  std::string file(const std::string& content) {
    const auto path = folder_ / ("key" + std::to_string(count_++) + ".pem");
    std::ofstream(path) << content;
    return path.string();
  }
  PublicKey load(std::string_view open) {
    auto key = load_public_key(file(public_pem(open)));
    EXPECT_TRUE(key) << key.error().text();
    return *std::move(key);
  }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

std::array<std::uint8_t, 64> signature_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  std::array<std::uint8_t, 64> out{};
  std::ranges::copy(*bytes, out.begin());
  return out;
}

TEST_F(Ed25519, SignsAndVerifiesAsTheRfcSays) {
  for (const Vector& vector : vectors) {
    const auto key = load_private_key(file(private_pem(vector.secret)));
    ASSERT_TRUE(key) << key.error().text();
    EXPECT_EQ(to_hex(public_of(*key).raw), vector.open);
    const auto message = from_hex(vector.message);
    const auto signature = sign(*key, *message);
    ASSERT_TRUE(signature);
    EXPECT_EQ(to_hex(*signature), vector.signature);
    EXPECT_TRUE(verify(load(vector.open), *message, *signature));
  }
}

TEST_F(Ed25519, EveryFlippedBitIsNoticed) {
  const Vector& vector = vectors[2];
  const PublicKey key = load(vector.open);
  auto message = *from_hex(vector.message);
  auto signature = signature_of(vector.signature);
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    signature[bit / 8] = static_cast<std::uint8_t>(signature[bit / 8] ^ (1u << (bit % 8)));
    const Status status = verify(key, message, signature);
    ASSERT_FALSE(status) << bit;
    EXPECT_EQ(status.error().code(), Code::denied);
    signature[bit / 8] = static_cast<std::uint8_t>(signature[bit / 8] ^ (1u << (bit % 8)));
  }
  message[0] ^= 1;
  EXPECT_FALSE(verify(key, message, signature));
  EXPECT_FALSE(verify(key, {}, signature));
}

TEST_F(Ed25519, AnotherKeyDoesNotVerify) {
  const auto signature = signature_of(vectors[1].signature);
  EXPECT_FALSE(verify(load(vectors[0].open), *from_hex(vectors[1].message), signature));
}

TEST_F(Ed25519, AnAllZeroSignatureIsNeverValid) {
  const std::array<std::uint8_t, 64> zero{};
  EXPECT_FALSE(verify(load(vectors[0].open), {}, zero));
  EXPECT_FALSE(verify(PublicKey{}, {}, zero));
}

TEST_F(Ed25519, DegenerateKeysAreRefused) {
  for (const char* open : {"0000000000000000000000000000000000000000000000000000000000000000",
                           "0000000000000000000000000000000000000000000000000000000000000080",
                           "0100000000000000000000000000000000000000000000000000000000000000",
                           "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"}) {
    const auto key = load_public_key(file(public_pem(open)));
    ASSERT_FALSE(key) << open;
    EXPECT_EQ(key.error().code(), Code::corrupt);
  }
  // With the neutral element as key and as R, and S = 0, the equation of the RFC holds for every
  // message.
  PublicKey neutral;
  neutral.raw[0] = 1;
  std::array<std::uint8_t, 64> forged{};
  forged[0] = 1;
  EXPECT_FALSE(verify(neutral, as_bytes("anything"), forged));
}

TEST_F(Ed25519, FilesThatAreNoKeysAreRefused) {
  const auto missing = load_public_key("/nonexistent/key.pem");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::io);
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("not a key"), std::string(100000, 'x'),
        public_pem(std::string(62, 'a')), public_pem(vectors[0].open).substr(0, 60)}) {
    EXPECT_FALSE(load_public_key(file(content))) << content.substr(0, 80);
    EXPECT_FALSE(load_private_key(file(content))) << content.substr(0, 80);
  }
  const auto as_public = load_public_key(file(private_pem(vectors[0].secret)));
  ASSERT_FALSE(as_public);
  EXPECT_EQ(as_public.error().code(), Code::denied);
  const auto as_private = load_private_key(file(public_pem(vectors[0].open)));
  ASSERT_FALSE(as_private);
  EXPECT_EQ(as_private.error().code(), Code::corrupt);
}

TEST_F(Ed25519, OtherAlgorithmsAreRefused) {
  // X25519 has keys of the same form and size, another object identifier (1.3.101.110).
  const auto other = load_public_key(
      file(pem("PUBLIC KEY", "302a300506032b656e032100" + std::string(vectors[0].open))));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::unsupported);
  const auto secret = load_private_key(file(
      pem("PRIVATE KEY", "302e020100300506032b656e04220420" + std::string(vectors[0].secret))));
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code(), Code::unsupported);
}

TEST_F(Ed25519, KeyIdIsTheStartOfTheHash) {
  const PublicKey key = load(vectors[0].open);
  const Sha256 digest = sha256(key.raw);
  EXPECT_EQ(to_hex(key_id(key)), to_hex(Bytes(digest).first(8)));
}

}  // namespace
}  // namespace kerf::trust
