#include "plan/unpack/unpack.h"

#include <algorithm>
#include <set>

#include "codec/recover.h"
#include "io/copy.h"
#include "plan/unpack/scan.h"

namespace kerf::plan {

namespace {

constexpr unsigned most_layers = 8;
// Params that were right lately, by codec.
constexpr std::size_t most_hints = 4;

// Bytes that decoding takes where it does not depend on the stream (codec/deflate, libbz2).
constexpr std::uint64_t usual_decoding = std::uint64_t{4} << 20;

// Says no to the first byte: asks a decoder whether it has got as far as that.
class RefusingSink final : public Sink {
 public:
  Status write(Bytes /*bytes*/) override { return Error(Code::cancelled, "enough"); }
};

// The least power of two that suffices for unpacking a stream; `most` if nothing less does.
std::uint64_t decoding_memory(const Codec& codec, const Source& packed, const Limits& limits) {
  if (codec.id() != CodecId::xz && codec.id() != CodecId::lzma) {
    return usual_decoding;
  }
  std::uint64_t memory = usual_decoding;
  for (; memory < limits.memory; memory *= 2) {
    RefusingSink sink;
    const auto tried = codec.decode(packed, sink, {limits.output, memory, 1});
    if (tried || tried.error().code() != Code::limit) {
      return memory;
    }
  }
  return limits.memory;
}

// One version of the file, layer by layer.
class SideUnpacker {
 public:
  SideUnpacker(Bytes file, bool must_repack, const UnpackOptions& options)
      : options_(options), must_repack_(must_repack), output_(options.limits.output) {
    result_.layers.push_back({file, nullptr, {}});
    regions_.push_back({{0, file.size()}, {}});
  }

  Status look() {
    TRY_ASSIGN(found_, scan(bytes(), regions_, options_.limits));
    hashes_.clear();
    for (const Candidate& candidate : found_.candidates) {
      hashes_.push_back(sha256(part(candidate.packed)));
    }
    return {};
  }

  std::set<Sha256> hashes() const { return {hashes_.begin(), hashes_.end()}; }

  // Unpacks what `same` does not name; false if that was nothing.
  Result<bool> descend(const std::set<Sha256>& same) {
    auto next = std::make_shared<io::Spool>(options_.spool_memory);
    regions_.clear();
    std::uint64_t done = 0;
    for (std::size_t i = 0; i < found_.candidates.size(); ++i) {
      const Candidate& candidate = found_.candidates[i];
      if (same.count(hashes_[i]) != 0) {
        continue;
      }
      TRY(notify(options_.observer, "unpack", candidate.packed.offset, bytes().size()));
      TRY(unpack(candidate, done, *next));
    }
    auto& streams = layer().streams;
    if (streams.empty()) {
      keep_members();
      return false;
    }
    TRY(next->write(bytes().subspan(static_cast<std::size_t>(done))));
    keep_members();
    Layer below;
    TRY_ASSIGN(below.bytes, next->map());
    below.owner = std::move(next);
    result_.layers.push_back(std::move(below));
    return true;
  }

  Unpacked take() && { return std::move(result_); }

 private:
  Layer& layer() { return result_.layers.back(); }
  Bytes bytes() const { return result_.layers.back().bytes; }
  Bytes part(const Extent& extent) const {
    return bytes().subspan(static_cast<std::size_t>(extent.offset),
                           static_cast<std::size_t>(extent.length));
  }

  void leave(const Candidate& candidate, std::string reason) {
    result_.left.push_back({candidate.path, candidate.packed.length, std::move(reason)});
  }

  // Appends to `next` what lies between `done` and the stream, and the stream's content, if it is
  // one and can be made again.
  Status unpack(const Candidate& candidate, std::uint64_t& done, io::Spool& next) {
    const Codec* codec = find_codec(candidate.codec);
    if (codec == nullptr) {
      leave(candidate, "this build cannot unpack it");
      return {};
    }
    const MemorySource packed(part(candidate.packed));
    io::Spool plain(options_.spool_memory);
    const auto decoded =
        codec->decode(packed, plain, {output_, options_.limits.memory, options_.limits.depth});
    if (!decoded) {
      if (decoded.error().code() == Code::io) {
        return Error(decoded.error().code(), decoded.error().text());
      }
      leave(candidate, decoded.error().text());
      return {};
    }
    if (decoded->packed != candidate.packed.length) {
      leave(candidate, "other bytes follow the stream");
      return {};
    }
    Stream stream{candidate.packed, candidate.codec, {}, decoded->plain, candidate.path, {}};
    TRY_ASSIGN(const Bytes content, plain.map());
    if (must_repack_) {
      TRY_ASSIGN(const bool known, find_params(packed, MemorySource(content), stream));
      if (!known) {
        leave(candidate, "no encoder of this build makes it again");
        return {};
      }
    } else {
      result_.decoding =
          std::max(result_.decoding, decoding_memory(*codec, packed, options_.limits));
    }
    output_ -= stream.plain;
    TRY(next.write(part({done, candidate.packed.offset - done})));
    regions_.push_back({{next.size(), stream.plain}, candidate.path});
    TRY(next.write(content));
    done = candidate.packed.offset + candidate.packed.length;
    layer().streams.push_back(std::move(stream));
    return {};
  }

  Result<bool> find_params(const Source& packed, const Source& plain, Stream& stream) {
    RecoverOptions options;
    options.memory = options_.limits.memory;
    options.most_corrections_percent = options_.most_corrections_percent;
    auto& hints = hints_[static_cast<std::size_t>(stream.codec)];
    options.hints = hints;
    auto recovery = recover(stream.codec, packed, plain, options);
    if (!recovery) {
      if (recovery.error().code() == Code::io) {
        return std::move(recovery).error();
      }
      return false;
    }
    if (!recovery->exact) {
      return false;
    }
    stream.params = std::move(recovery->exact->params);
    stream.maker = std::move(recovery->exact->description);
    std::erase(hints, stream.params);
    hints.insert(hints.begin(), stream.params);
    hints.resize(std::min(hints.size(), most_hints));
    return true;
  }

  // Members found so far, and those of the present layer, as they lie in the next one. What a
  // stream held that was unpacked is looked for there; one that stays packed is no member.
  void keep_members() {
    auto& members = result_.members;
    std::ranges::move(found_.members, std::back_inserter(members));
    const auto& streams = layer().streams;
    std::vector<std::uint64_t> ends;
    std::vector<std::uint64_t> grown;  // behind each stream, modulo 2^64
    std::uint64_t more = 0;
    for (const Stream& stream : streams) {
      more += stream.plain - stream.packed.length;
      ends.push_back(stream.packed.offset + stream.packed.length);
      grown.push_back(more);
    }
    for (Member& member : members) {
      for (Extent& extent : member.extents) {
        const auto before = std::ranges::upper_bound(ends, extent.offset) - ends.begin();
        extent.offset += before == 0 ? 0 : grown[static_cast<std::size_t>(before - 1)];
      }
    }
  }

  const UnpackOptions& options_;
  bool must_repack_;
  std::uint64_t output_;
  Unpacked result_;
  std::vector<Region> regions_;  // of the present layer
  Scanned found_;                // in it
  std::vector<Sha256> hashes_;   // of the candidates
  std::array<std::vector<std::vector<std::uint8_t>>, 256> hints_;
};

}  // namespace

std::uint64_t Member::size() const {
  std::uint64_t size = 0;
  for (const Extent& extent : extents) {
    size += extent.length;
  }
  return size;
}

Result<UnpackedPair> unpack(Bytes old_file, Bytes new_file, const UnpackOptions& options) {
  SideUnpacker old_side(old_file, false, options);
  SideUnpacker new_side(new_file, true, options);
  bool old_goes = true;
  bool new_goes = true;
  for (unsigned layer = 0; layer < most_layers && (old_goes || new_goes); ++layer) {
    std::set<Sha256> old_hashes;
    std::set<Sha256> new_hashes;
    if (old_goes) {
      TRY(old_side.look());
      old_hashes = old_side.hashes();
    }
    if (new_goes) {
      TRY(new_side.look());
      new_hashes = new_side.hashes();
    }
    std::set<Sha256> same;
    std::ranges::set_intersection(old_hashes, new_hashes, std::inserter(same, same.end()));
    if (old_goes) {
      TRY_ASSIGN(old_goes, old_side.descend(same));
    }
    if (new_goes) {
      TRY_ASSIGN(new_goes, new_side.descend(same));
    }
  }
  return UnpackedPair{std::move(old_side).take(), std::move(new_side).take()};
}

}  // namespace kerf::plan
