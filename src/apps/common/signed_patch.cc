#include "apps/common/signed_patch.h"

namespace kerf::apps {

Status sign_trailer(bsdiff::Trailer& trailer, const trust::PrivateKey& key) {
  trailer.signature.emplace();  // the signed part states that there is one
  trailer.signature->key_id = trust::key_id(trust::public_of(key));
  TRY_ASSIGN(trailer.signature->signature, trust::sign(key, bsdiff::signed_part(trailer)));
  return {};
}

Result<bsdiff::Trailer> check_signature(const Source& patch, const trust::PublicKey& key) {
  TRY_ASSIGN(auto trailer, bsdiff::find_trailer(patch));
  if (!trailer || !trailer->signature) {
    return Error(Code::denied,
                 "the patch is not signed, and only one signed by the trusted key is accepted");
  }
  const auto wanted = trust::key_id(key);
  if (trailer->signature->key_id != wanted) {
    return Error(Code::denied, "the patch is signed by key " + to_hex(trailer->signature->key_id) +
                                   ", not by the trusted key " + to_hex(wanted));
  }
  TRY(trust::verify(key, bsdiff::signed_part(*trailer), trailer->signature->signature));
  TRY(bsdiff::check_body(patch, *trailer));
  return *std::move(trailer);
}

}  // namespace kerf::apps
