// Profile `small` on a device: the codec of mcu/cm/ in memory that the caller gives.
#include "mcu/cm/interval_builder.h"
#include "mcu/cm/map_section.h"
#include "mcu/cm/window_codec.h"
#include "mcu/sha256.h"
#include "mcu/small_header.h"
#include "model/range_coder.h"
#include "refs/recognise.h"

// Bare metal has no <new>; the tag keeps this one apart from the one of hosts.
struct InPlace {};
inline void* operator new(size_t, void* place, InPlace) noexcept {
  return place;
}

namespace kerf::mcu {

namespace {

using sliver::Arena;

constexpr uint32_t buffer_size = 4096;
static_assert(buffer_size >= sliver::OldView::capacity + 2 * sliver::Spill::piece);

using Decoder = model::BasicRangeDecoder<PatchInput>;

void clear(uint8_t* begin, const uint8_t* end) {
  for (; begin < end; ++begin) {
    *begin = 0;
  }
}

class SmallDecoder {
 public:
  explicit SmallDecoder(const kerf_small_port* port) : port_(port) {
    old_file_.context = this;
    old_file_.read = [](void* self, uint64_t offset, uint8_t* out, size_t size) {
      const kerf_small_port* const read = static_cast<SmallDecoder*>(self)->port_;
      return read->read_old(read->context, static_cast<uint32_t>(offset), out,
                            static_cast<uint32_t>(size)) != 0;
    };
  }

  // `memory` is zero.
  kerf_small_status run(uint8_t* memory, size_t size, uint32_t patch_size) {
    memory_ = memory;
    size_ = size;
    kerf_small_status status = read_small_header(port_, patch_size, header_);
    if (status != KERF_SMALL_DONE) {
      return status;
    }
    const kerf_small_info info = {header_.old_size, header_.new_size, header_.old_sha256,
                                  header_.new_sha256};
    if (!port_->accept(port_->context, &info)) {
      return KERF_SMALL_REFUSED;
    }
    old_file_.size = header_.old_size;
    Arena arena(memory_, size_);
    status = read_map(arena);
    uint32_t at = header_.length + header_.map_length;
    for (uint32_t i = 0; i < header_.window_count && status == KERF_SMALL_DONE; ++i) {
      status = decode_window(arena, at, i);
      at += header_.window_lengths[i];
    }
    if (status != KERF_SMALL_DONE) {
      return status;
    }
    uint8_t digest[Sha256::digest_size];
    hash_.finish(digest);
    for (unsigned i = 0; i < Sha256::digest_size; ++i) {
      if (digest[i] != header_.new_sha256[i]) {
        return KERF_SMALL_MISMATCH;
      }
    }
    return KERF_SMALL_DONE;
  }

 private:
  // Covers and images, which stay in `arena`; the models of their coding do not.
  kerf_small_status read_map(Arena& arena) {
    auto* const image = arena.take<refs::Image>(1);
    auto* const destination = arena.take<refs::Destination>(1);
    auto* const covers = arena.take<sliver::Cover>(header_.cover_count);
    Arena rest = arena;
    void* const place = rest.take<sliver::MapCodec>(1);
    if (place == nullptr) {
      return KERF_SMALL_MEMORY;
    }
    new (image, InPlace()) refs::Image();
    new (destination, InPlace()) refs::Destination();
    image->pointer_size = 8;
    auto& codec = *new (place, InPlace()) sliver::MapCodec();
    PatchBytes bytes(port_, header_.length, header_.length + header_.map_length);
    Decoder decoder{PatchInput(bytes)};
    codec.code_covers(decoder, covers, header_.cover_count);
    if (sliver::MapCodec::check(covers, header_.cover_count, header_.old_size, header_.new_size) !=
        header_.cover_count) {
      return bytes.failed() ? KERF_SMALL_IO : KERF_SMALL_CORRUPT;
    }
    if (header_.image == 1 && !refs::recognise(old_file_, *image)) {
      return KERF_SMALL_UNSUPPORTED;
    }
    if (header_.image == 2) {
      codec.code_image(decoder, *image);
    }
    codec.code_destination(decoder, *image, *destination);
    if (bytes.failed()) {
      return KERF_SMALL_IO;
    }
    if (!refs::valid(*image, header_.old_size) ||
        !refs::valid(destination->map, header_.new_size)) {
      return KERF_SMALL_CORRUPT;
    }
    scene_.image = image;
    scene_.destination = destination;
    scene_.covers = covers;
    return make_cover_map(arena);
  }

  kerf_small_status make_cover_map(Arena& arena) {
    auto* const intervals = arena.take<sliver::Interval>(header_.cover_count);
    Arena rest = arena;
    auto* const order = rest.take<uint32_t>(header_.cover_count);
    if (order == nullptr) {
      return KERF_SMALL_MEMORY;
    }
    const uint32_t count =
        sliver::build_intervals(scene_.covers, header_.cover_count, order, intervals);
    scene_.map.intervals = intervals;
    scene_.map.count = count;
    scene_.cover_count = header_.cover_count;
    scene_.parameters = header_.parameters;
    scene_.old_index = &no_index_;
    return KERF_SMALL_DONE;
  }

  kerf_small_status decode_window(Arena arena, uint32_t at, uint32_t number) {
    clear(memory_ + arena.used(), memory_ + size_);
    auto* const made = arena.take<uint8_t>(buffer_size);
    void* const place = arena.take<sliver::WindowCodec>(1);
    if (place == nullptr) {
      return KERF_SMALL_MEMORY;
    }
    // First one that only counts.
    Arena counting;
    new (place, InPlace()) sliver::WindowCodec(counting, scene_, old_file_, nullptr);
    if (counting.used() > size_ - arena.used()) {
      return KERF_SMALL_MEMORY;
    }
    auto& codec = *new (place, InPlace()) sliver::WindowCodec(arena, scene_, old_file_, made);
    const sliver::Spill spill{
        [](void* self, uint32_t position, const uint8_t* bytes, uint32_t size) {
          return static_cast<SmallDecoder*>(self)->write(position, bytes, size);
        },
        this, buffer_size};
    PatchBytes bytes(port_, at, at + header_.window_lengths[number]);
    Decoder decoder{PatchInput(bytes)};
    const bool made_all = codec.run(decoder, nullptr, header_.window_begin(number),
                                    header_.window_begin(number + 1), &spill);
    return made_all && !bytes.failed() ? KERF_SMALL_DONE : KERF_SMALL_IO;
  }

  bool write(uint32_t position, const uint8_t* bytes, uint32_t size) {
    hash_.update(bytes, size);
    return port_->write_new(port_->context, position, bytes, size) != 0;
  }

  const kerf_small_port* port_;
  uint8_t* memory_ = nullptr;
  size_t size_ = 0;
  refs::Reader old_file_;
  SmallHeader header_;
  sliver::Scene scene_;
  sliver::OldIndex no_index_;
  Sha256 hash_;
};

}  // namespace

}  // namespace kerf::mcu

kerf_small_status kerf_small_apply(kerf_small* state, const kerf_small_port* port,
                                   uint32_t patch_size) {
  auto* const begin = reinterpret_cast<uint8_t*>(state->words);
  uint8_t* const end = begin + sizeof state->words;
  kerf::mcu::clear(begin, end);
  // The arena stands behind the decoder itself, where its alignment allows.
  auto& decoder = *new (begin, InPlace()) kerf::mcu::SmallDecoder(port);
  constexpr size_t alignment = kerf::sliver::Arena::alignment;
  uint8_t* memory = begin + sizeof(kerf::mcu::SmallDecoder);
  memory += (alignment - reinterpret_cast<uintptr_t>(memory) % alignment) % alignment;
  return decoder.run(memory, static_cast<size_t>(end - memory), patch_size);
}
