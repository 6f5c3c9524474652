#include "patch/sliver/read_fast.h"

#include <algorithm>

#include "base/varint.h"
#include "codec/zstd/unpack.h"
#include "io/block_cache.h"
#include "mcu/cm/map_section.h"
#include "model/range_coder.h"
#include "patch/sliver/fast_streams.h"
#include "patch/sliver/images.h"
#include "patch/sliver/owned_arena.h"
#include "patch/sliver/setup.h"
#include "patch/sliver/windows.h"

namespace kerf::sliver::fast {

namespace {

// Of old blocks: moved functions come from everywhere.
constexpr std::uint64_t cache_memory = std::uint64_t{4} << 20;

// What a Walk asks for, from the streams of a window.
class Decoder {
 public:
  Decoder(const Streams& streams, const Layout& layout)
      : spans_(streams, Stream::spans),
        runs_(streams, Stream::runs),
        gaps_(streams, Stream::gaps),
        lengths_(streams, Stream::lengths),
        literals_(streams[Stream::literals]),
        layout_(layout),
        field_mask_(layout.field_planes ? planes - 1 : 0),
        plain_mask_(layout.plain_planes ? planes - 1 : 0) {
    for (unsigned i = 0; i < planes; ++i) {
      fields_[i] = ByteStream(streams[Stream::fields + i]);
      plain_[i] = ByteStream(streams[Stream::plain + i]);
    }
    next_run();
    next_gap();
  }

  std::uint32_t span() { return spans_.next(); }

  bool field(std::uint32_t /*position*/, std::uint8_t* bytes, unsigned width) {
    if (hits_ > 0) {
      --hits_;
      return true;
    }
    for (unsigned i = 0; i < width; ++i) {
      const std::uint8_t value = fields_[i & field_mask_].next();
      bytes[i] = static_cast<std::uint8_t>(layout_.field_differences ? bytes[i] + value : value);
    }
    next_run();
    return false;
  }

  void plain(std::uint32_t /*position*/, std::uint8_t* bytes, std::uint32_t size) {
    while (size > 0) {
      if (equal_ >= size) {
        equal_ -= size;
        return;
      }
      bytes += equal_;
      size -= static_cast<std::uint32_t>(equal_);
      equal_ = 0;
      if (changed_ == 0) {
        next_gap();
        continue;
      }
      const auto part = static_cast<std::uint32_t>(std::min<std::uint64_t>(changed_, size));
      for (std::uint32_t i = 0; i < part; ++i) {
        const std::uint8_t value = plain_[lane_++ & plain_mask_].next();
        bytes[i] = static_cast<std::uint8_t>(layout_.plain_differences ? bytes[i] + value : value);
      }
      bytes += part;
      size -= part;
      changed_ -= part;
    }
  }

  void literals(std::uint32_t /*position*/, std::uint8_t* bytes, std::uint32_t size) {
    literals_.copy(bytes, size);
  }

  bool failed() const {
    bool any = spans_.failed() || runs_.failed() || gaps_.failed() || lengths_.failed() ||
               literals_.failed();
    for (unsigned i = 0; i < planes; ++i) {
      any = any || fields_[i].failed() || plain_[i].failed();
    }
    return any;
  }
  // Is nothing left that was not asked for?
  bool finished() const {
    bool all = spans_.finished() && runs_.finished() && gaps_.finished() && lengths_.finished() &&
               literals_.empty();
    for (unsigned i = 0; i < planes; ++i) {
      all = all && fields_[i].empty() && plain_[i].empty();
    }
    return all;
  }

 private:
  static constexpr std::uint64_t forever = ~std::uint64_t{0};

  // Behind the last run all fields are as foretold, behind the last gap all plain bytes as in old.
  void next_run() { hits_ = runs_.empty() ? forever : runs_.next(); }
  void next_gap() {
    if (gaps_.empty()) {
      equal_ = forever;
      return;
    }
    equal_ = std::uint64_t{gaps_.next()} << layout_.unit_bits;
    changed_ = (std::uint64_t{lengths_.next()} + 1) << layout_.unit_bits;
    lane_ = 0;
  }

  NumberStream spans_;
  NumberStream runs_;
  NumberStream gaps_;
  NumberStream lengths_;
  ByteStream literals_;
  std::array<ByteStream, planes> fields_;
  std::array<ByteStream, planes> plain_;
  const Layout layout_;
  const unsigned field_mask_;
  const unsigned plain_mask_;
  std::uint64_t hits_ = 0;
  std::uint64_t equal_ = 0;
  std::uint64_t changed_ = 0;  // behind those
  unsigned lane_ = 0;
};

Result<std::vector<Cover>> read_covers(const Source& patch, const Header& header, std::uint64_t at,
                                       std::uint64_t size) {
  TRY_ASSIGN(const auto section, read_all(SliceSource(patch, at, size), size));
  Streams streams;
  TRY(streams.unpack(section, at, map_streams, header.unpacked));
  if (streams[cover_gaps].size() != header.cover_count) {
    return Error(Code::corrupt, "the map has " + std::to_string(streams[cover_gaps].size()) +
                                    " covers, the header says " +
                                    std::to_string(header.cover_count))
        .at(at);
  }
  NumberStream gaps(streams, cover_gaps);
  NumberStream moves(streams, cover_moves);
  NumberStream lengths(streams, cover_lengths);
  std::vector<Cover> covers(header.cover_count);
  Cover last;
  for (Cover& cover : covers) {
    cover.to = last.to + last.length + gaps.next();
    cover.from = last.from + last.length + unfold_sign(moves.next());
    cover.length = lengths.next() + 1;
    last = cover;
  }
  TRY(check_covers(covers, header, at));
  for (const NumberStream& stream : {gaps, moves, lengths}) {
    if (stream.failed() || !stream.finished()) {
      return Error(Code::corrupt, "the numbers of the covers do not fill their streams").at(at);
    }
  }
  return covers;
}

}  // namespace

std::uint64_t walk_memory(const Scene& scene) {
  Arena counting;
  const refs::Reader nothing;
  const Walk walk(counting, scene, nothing);
  return counting.used();
}

std::uint64_t memory(const Header& header, unsigned threads) {
  Scene scene;
  refs::Image image;
  // Regions bring the buffers of the scanner: they are counted whenever fields may be looked for.
  image.region_count = header.image == ImageKind::plain ? 0 : 1;
  const refs::Destination destination;
  scene.parameters = header.parameters;
  scene.image = &image;
  scene.destination = &destination;
  const std::uint64_t window = header.window_lengths.empty() ? 0 : header.window_begin(1);
  const std::uint64_t longest =
      header.window_lengths.empty() ? 0 : *std::ranges::max_element(header.window_lengths);
  const std::uint64_t covers = std::uint64_t{header.cover_count} * sizeof(Cover);
  // It takes a power of two of blocks, that hold the old file or as much as they may.
  const std::uint64_t cache = std::min<std::uint64_t>(
      cache_memory, 2 * header.old_id.size + 4 * BlockCache::scattered_block);
  // The map is unpacked and forgotten before the first window.
  return covers + header.window_lengths.size() * sizeof(std::uint64_t) +
         std::max(header.map_length + header.unpacked + ZstdUnpacker::memory(),
                  OwnedCoverMap::memory(header.cover_count, header.old_id.size) +
                      threads * (walk_memory(scene) + cache + window + longest + header.unpacked +
                                 ZstdUnpacker::memory()));
}

Result<Map> read_map(const Source& patch, const Header& header, const Source* from) {
  constexpr std::uint64_t most_number = 10;
  const std::uint64_t head_size = std::min(most_number, header.map_length);
  TRY_ASSIGN(const auto head, read_all(SliceSource(patch, header.length, head_size), head_size));
  ByteReader reader(head, header.length);
  TRY_ASSIGN(const std::uint64_t image_length, read_varint(reader));
  const std::uint64_t image_at = reader.offset();
  const std::uint64_t left = header.length + header.map_length - image_at;
  if (image_length > left) {
    return Error(Code::corrupt, "the description of the images takes " +
                                    std::to_string(image_length) + " bytes, the map has " +
                                    std::to_string(left))
        .at(header.length)
        .in("map");
  }
  Map map;
  map.image.pointer_size = 8;
  TRY_ASSIGN(map.covers, read_covers(patch, header, image_at + image_length, left - image_length));
  if (from == nullptr) {
    return map;
  }
  TRY_ASSIGN(const auto section,
             read_all(SliceSource(patch, image_at, image_length), image_length));
  model::RangeDecoder decoder(section.data(), section.size());
  MapCodec codec;
  TRY(read_images(codec, decoder, header, *from, map.image, map.destination));
  return map;
}

Setup::Setup(const Header& header, Map map)
    : map_(std::move(map)),
      cover_map_(map_.covers, static_cast<std::uint32_t>(header.old_id.size)) {
  scene_.parameters = header.parameters;
  scene_.image = &map_.image;
  scene_.destination = &map_.destination;
  scene_.covers = map_.covers.data();
  scene_.cover_count = static_cast<std::uint32_t>(map_.covers.size());
  scene_.map = cover_map_.view();
}

Status decode_window(const Scene& scene, const Source& from, Bytes section, std::uint64_t at,
                     std::uint64_t unpacked, MutBytes made, std::uint32_t begin) {
  if (section.empty() || !Layout::valid(section.front())) {
    return Error(Code::corrupt, "the window has no layout that is known").at(at);
  }
  Streams streams;
  TRY(streams.unpack(section.subspan(1), at + 1, window_streams, unpacked));
  Decoder decoder(streams, Layout::decode(section.front()));
  OwnedArena memory(static_cast<std::size_t>(walk_memory(scene)));
  Arena arena = memory.arena();
  OldReader reader(from, cache_memory);
  Walk walk(arena, scene, reader.reader());
  const bool made_all =
      walk.run(decoder, made.data(), begin, begin + static_cast<std::uint32_t>(made.size()));
  if (!made_all && !decoder.failed()) {
    TRY(reader.take_status());
    return Error(Code::bug, "a window of the old file could not be scanned");
  }
  if (!made_all || !decoder.finished()) {
    return Error(Code::corrupt, "the window's streams do not make its bytes").at(at);
  }
  return {};
}

}  // namespace kerf::sliver::fast
