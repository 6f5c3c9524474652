#include "package/list/keys.h"

#include <gtest/gtest.h>

#include <map>

#include "io/test_support.h"
#include "trust/rsa_test_keys.h"

namespace kerf::package_list {
namespace {

class KeyRingTest : public testing::Test {
 protected:
  trust::RsaPrivateKey load(const char* pem) {
    return *trust::RsaPrivateKey::load(folder_.put("key.pem", pem), 1024);
  }

  void list_key(const std::string& name, const std::vector<std::uint8_t>& der) {
    files_[name] = der;
    list_.keys.push_back({name, sha256(der)});
  }

  Result<KeyRing> open(unsigned least_bits = trust::safe_rsa_bits) {
    const std::string text = to_text(list_);
    const auto signature = *trust::sign(device_, as_bytes(text));
    return KeyRing::open(
        as_bytes(text), signature, device_public_,
        [&](const std::string& name) -> Result<std::vector<std::uint8_t>> {
          if (!files_.contains(name)) {
            return Error(Code::io, "no such file").in(name);
          }
          return files_[name];
        },
        least_bits);
  }

  io::TestFolder folder_;
  trust::RsaPrivateKey device_ = load(trust::rsa_key_a);
  trust::RsaPublicKey device_public_ = *trust::RsaPublicKey::parse(device_.public_der(), 2048);
  trust::RsaPrivateKey signer_ = load(trust::rsa_key_b);
  KeyList list_;
  std::map<std::string, std::vector<std::uint8_t>> files_;
  const Bytes file_ = as_bytes("a package list");
};

TEST_F(KeyRingTest, AnyListedKeyMaySign) {
  list_key("device.key", device_.public_der());
  list_key("customer.key", signer_.public_der());
  const auto ring = open();
  ASSERT_TRUE(ring) << ring.error().text();
  EXPECT_TRUE(ring->verify(file_, *trust::sign(signer_, file_)));
  EXPECT_TRUE(ring->verify(file_, *trust::sign(device_, file_)));
  EXPECT_EQ(ring->verify(as_bytes("another list"), *trust::sign(signer_, file_)).error().code(),
            Code::denied);
  EXPECT_EQ(ring->verify(file_, {}).error().code(), Code::denied);
}

// The device's key vouches for the key list, not for files.
TEST_F(KeyRingTest, AKeyThatIsNotListedMayNotSign) {
  list_key("customer.key", signer_.public_der());
  const auto ring = open();
  ASSERT_TRUE(ring) << ring.error().text();
  EXPECT_EQ(ring->verify(file_, *trust::sign(device_, file_)).error().code(), Code::denied);
}

TEST_F(KeyRingTest, TheKeyListItselfMustBeGenuine) {
  list_key("customer.key", signer_.public_der());
  const std::string text = to_text(list_);
  const auto never = [](const std::string&) -> Result<std::vector<std::uint8_t>> {
    ADD_FAILURE() << "fetched before the signature was checked";
    return Error(Code::bug, "");
  };
  const auto forged = *trust::sign(signer_, as_bytes(text));
  EXPECT_EQ(KeyRing::open(as_bytes(text), forged, device_public_, never, 2048).error().code(),
            Code::denied);
}

TEST_F(KeyRingTest, KeyFilesMustBeTheListedOnesAndLongEnough) {
  EXPECT_EQ(open().error().code(), Code::denied);  // no key at all
  list_key("customer.key", signer_.public_der());
  files_["customer.key"] = device_.public_der();
  EXPECT_EQ(open().error().code(), Code::mismatch);
  files_.clear();
  EXPECT_EQ(open().error().code(), Code::io);
  list_.keys.clear();
  list_key("short.key", load(trust::rsa_key_short).public_der());
  EXPECT_EQ(open().error().code(), Code::denied);
  EXPECT_TRUE(open(1024));
  list_key("no.key", {1, 2, 3});
  EXPECT_EQ(open(1024).error().code(), Code::corrupt);
}

}  // namespace
}  // namespace kerf::package_list
