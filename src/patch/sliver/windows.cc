#include "patch/sliver/windows.h"

#include "mcu/cm/window_codec.h"
#include "model/range_coder.h"
#include "patch/sliver/owned_arena.h"

namespace kerf::sliver {

struct OldReader::State {
  State(const Source& source, std::uint64_t memory)
      : cache(source, BlockCache::scattered_block, memory) {}
  BlockCache cache;
  std::optional<Error> error;
};

OldReader::OldReader(const Source& source, std::uint64_t memory)
    : state_(std::make_unique<State>(source, memory)),
      reader_{&OldReader::read, state_.get(), static_cast<std::uint32_t>(source.size())} {}

OldReader::~OldReader() = default;

bool OldReader::read(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size) {
  State& state = *static_cast<State*>(context);
  Status status = state.cache.read_at(offset, {out, size});
  if (status) {
    return true;
  }
  if (!state.error) {
    state.error.emplace(std::move(status).error());
  }
  return false;
}

Status OldReader::take_status() {
  if (state_->error) {
    return std::move(*state_->error);
  }
  return {};
}

namespace {

template <class Coder>
Result<FieldTally> run(const Scene& scene, const Source& old_file, Coder& coder,
                       const std::uint8_t* wanted, MutBytes made, std::uint32_t begin) {
  OwnedArena memory(static_cast<std::size_t>(window_memory(scene)));
  Arena arena = memory.arena();
  OldReader reader(old_file);
  WindowCodec codec(arena, scene, reader.reader(), made.data());
  if (!codec.run(coder, wanted, begin, begin + static_cast<std::uint32_t>(made.size()))) {
    TRY(reader.take_status());
    return Error(Code::bug, "a window of the old file could not be scanned");
  }
  return codec.tally();
}

}  // namespace

std::uint64_t window_memory(const Scene& scene) {
  Arena counting;
  const refs::Reader nothing;
  const WindowCodec codec(counting, scene, nothing, nullptr);
  return counting.used();
}

Result<EncodedWindow> encode_window(const Scene& scene, const Source& old_file, Bytes wanted,
                                    std::uint32_t begin) {
  EncodedWindow encoded;
  std::vector<std::uint8_t> made(wanted.size());
  model::RangeEncoder encoder(encoded.section);
  TRY_ASSIGN(encoded.tally, run(scene, old_file, encoder, wanted.data(), made, begin));
  encoder.finish();
  return encoded;
}

Status decode_window(const Scene& scene, const Source& old_file, Bytes section, MutBytes made,
                     std::uint32_t begin) {
  model::RangeDecoder decoder(section.data(), section.size());
  TRY(run(scene, old_file, decoder, nullptr, made, begin));
  return {};
}

}  // namespace kerf::sliver
