// What the deflate families make of fixed inputs, frozen: encoders are part of the format, on every
// CPU and with every compiler. The first entries of each family were also made by the programs
// themselves (tests/conformance/test_recompression.py).
#include <gtest/gtest.h>

#include "base/hash.h"
#include "codec/deflate/encode.h"
#include "codec/deflate/test_streams.h"

namespace kerf {
namespace {

struct Golden {
  const char* params;  // hexadecimal
  std::size_t size;    // of the stream
  const char* sha256;
};

constexpr Golden kGolden[] = {
    {"01018f", 40384, "4d38a07819a1cf71127fee0cb96af67f0919e896f2e75c19bc6e95830106e1a4"},
    {"01028f", 39773, "c727258285ad6f13760f853ec19c4d459ddb3c3d5d32b3587f4fc91fe8e0d546"},
    {"01038f", 39562, "12a99f29a49f23a0e369c9866e8ada4b5691766ee35f63294f3e5ed50c9a915b"},
    {"01048f", 38530, "e01de9c5d52d399d626e27134bd9d6b43708ef1ff0233fc7e9a33e4848e092c2"},
    {"01058f", 38365, "fbbbbe956fd4c34bf52fb0e753165e9137ca9eb94d30099501ae4e47aeafb881"},
    {"01068f", 38088, "76f73a6d3c3e90272edf6c00238d0e3c15b272c5ded9731c78316fafb9963c32"},
    {"01078f", 38050, "c511b453766c3300b707f302cb95b5cec4fb3c6af07667faeb8f45f378cc8959"},
    {"01088f", 37824, "33aa228ed67c14e9b841a894decade6841275689ec43d85f38e3e7760551d695"},
    {"01098f", 37737, "4f9ad2fe92ba124450a134ee02c1bba03f67fed4e078534824546245b06b9c22"},
    {"02019f", 40353, "1bef0446c1bee577281b02e99b0f55a03f42ee50e01908e4c32f47373e1111e6"},
    {"02029f", 39748, "161fe57e12d4abaeeb429a30ebe36076411a44dd595cf2de250d0b36b225ae79"},
    {"02039f", 39921, "27643c4c4755c53ee3797bfe5e425e9d6a5c88377834df2a3227bacbe8b7f4eb"},
    {"02049f", 38885, "99e888f3e1789ea61fb14fa99d19d45379e979fd6bb1a164bbd7dd19a25f55b0"},
    {"02059f", 38720, "498df17a5b097e423500e4da44a22e6a79f3202c157839dc4972935f6a3b5611"},
    {"02069f", 38441, "63acb443fbe6393649b34970ef63ac3cbc346588511a7411082de1f9010db5a2"},
    {"02079f", 38409, "0deb01155b6b8bac72a57f7ece002846fee47c345976f5399648ef813dd68917"},
    {"02089f", 38196, "8fdcd75f445539e2bbb1ca3e61b80647f4eb690972cc604e38042a57970288b4"},
    {"02099f", 38112, "32e28394e5dd52d7a8c7a00516a570f48520326bf47033c807258b2a6f388abd"},
    {"03018f", 40348, "02e0319cadd614aab2b004aa12fc2b973671937791dc7970b42528ea40d795fa"},
    {"03028f", 39791, "023ea8e1d8f3f17f892c183db7885053eebc29075cf893312b246b8e43158056"},
    {"03038f", 39555, "1bc2de867271e5a45a69d6d5a9fe821577bf1a43c33d971ec3e9266e763668ef"},
    {"03048f", 38524, "1cd3e218088029ecd8f7ead1cfc1890abf408d83d3a9838baaf946f54d35f269"},
    {"03058f", 38348, "ddae6054c718048a66cc3faf9aad1ca4634e9ed518550b99ee83465e46e4c416"},
    {"03068f", 38069, "3cdbd32590813ddfaa691550f6faf1eb98613dc35c9b5f839d44c4e038048727"},
    {"03078f", 38037, "c9d4ab32d48d9d67dfcbed1d5867baecfca4f94b30e2842ebec56e1fe94b4848"},
    {"03088f", 37802, "af4754f7348d34d98ae28a01d74008f3965f6d7dd4dcb39650eb5dc638c562a1"},
    {"03098f", 37723, "d70a1f006fc7c1b3a08b2184a3255ed70266dfc5d55a3173f68c3d60255a01d9"},
    {"01168f", 38321, "4401c0719ba7f19879cee1caae1996480fe9b4477330ab23752ca0e2c27cd591"},
    {"01268f", 72274, "11ff5b15031ffe45017c6f4cd7ac892c5990e02da12e8b99c366541c3576369b"},
    {"01368f", 56302, "88858da938045c71d1aec7f2cd98805352c193bfdfe30647502278c96028c62e"},
    {"01468f", 39208, "0ca465faa388304f0e9662e3b6d54993bc493ed729850c7822ead85c9a981b8d"},
    {"03168f", 38292, "ee0e3eeb69e31d6a007830a5d365d5b7c2b22e7f9efd1c4ac0cb05f0f556914a"},
    {"03268f", 72274, "11ff5b15031ffe45017c6f4cd7ac892c5990e02da12e8b99c366541c3576369b"},
    {"03368f", 56302, "88858da938045c71d1aec7f2cd98805352c193bfdfe30647502278c96028c62e"},
    {"03468f", 39201, "37c6874058b942e5f4c21e2973f9845154103584e18032d3fe048f3d784c19a8"},
    {"010519", 57691, "f9266fb5941ba202fa07694ca41233f873fa0027cd64808673096aba593b8568"},
    {"030519", 57677, "d642cae39259e985e74f03000e65c2e1400097e62815e229a08fcf1e22ae6aba"},
    {"01051c", 52216, "cdd543a93ee4263e1b8f32f7552a4c27d20d58d032cae78b1dcadc68f324a88d"},
    {"03051c", 52241, "5b396ab1487920251da8a8fd0005585fcc0075ec76d5132beb9d1d32dc41f1a8"},
    {"010559", 56512, "7b72fa669d91db0f56ac3eee2c25fc98c627e9160fd5c736e3cd168281c40f8e"},
    {"030559", 56521, "5e42d080700f3393c59bb798f18eb4fc5f2e38c09452193f657cdcdf6328efc9"},
    {"01055c", 51734, "14502d2d9371350a71af15adf5ea667491cf095234941fc6dcb14349e5093e22"},
    {"03055c", 51737, "bc96069f254d9d1b9e7a7921e3dbae29390ebe03cd13528d3cfe4a1577dce67b"},
    {"010599", 55013, "a88f48f2490cbf3ecf1b2de470985a83b8806ba507d52c174b552fbf9f4cc2db"},
    {"030599", 55011, "33ec8b8971fd463ee16cf40521b0517f38af3756bf65991140eaae034bb18b92"},
    {"01059c", 50331, "bfcffd81a6d2c50d44cc6bc6ffafa7e5d0c354ca360d67933e3592414b02f322"},
    {"03059c", 50344, "ea7b8a72299019e9809e69b2ae760c5a47283a6bb5d4739697588283c59ea4dc"},
};

TEST(DeflateGolden, EveryFamilyAndLevel) {
  const std::vector<std::uint8_t> plain = plain_of_kind(3, 150000);
  EXPECT_EQ(to_hex(sha256(plain)),
            "42a83745c94021511e650f583e724428f30986a5a08ec626a8a834ee26bc85cf");
  for (const Golden& golden : kGolden) {
    auto bytes = from_hex(golden.params);
    ASSERT_TRUE(bytes);
    ByteReader in(*bytes);
    auto params = read_deflate_params(in);
    ASSERT_TRUE(params) << golden.params;
    HashingSink out(nullptr);
    DeflateEncoder encoder(*params, out);
    ASSERT_TRUE(encoder.write(plain));
    ASSERT_TRUE(encoder.finish());
    const BlobId id = out.finish();
    EXPECT_EQ(id.size, golden.size) << to_string(*params);
    EXPECT_EQ(to_hex(id.sha256), golden.sha256) << to_string(*params);
  }
}

}  // namespace
}  // namespace kerf
