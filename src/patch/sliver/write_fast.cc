#include "patch/sliver/write_fast.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/varint.h"
#include "mcu/cm/map_section.h"
#include "model/range_coder.h"
#include "patch/sliver/read_fast.h"
#include "patch/sliver/write_fast_sections.h"

namespace kerf::sliver::fast {

namespace {

// The description of the images, with its length in front.
std::vector<std::uint8_t> encode_images(const Map& map, bool sent) {
  std::vector<std::uint8_t> coded;
  model::RangeEncoder encoder(coded);
  MapCodec codec;
  refs::Image image = map.image;
  refs::Destination destination = map.destination;
  if (sent) {
    codec.code_image(encoder, image);
  }
  codec.code_destination(encoder, image, destination);
  encoder.finish();
  ByteWriter out;
  write_varint(coded.size(), out);
  out.bytes(coded);
  return std::move(out).take();
}

}  // namespace

Result<std::vector<std::uint8_t>> write(Bytes from, Bytes to, Header header,
                                        std::vector<Cover> covers, const WriteOptions& options) {
  Map map;
  map.image.pointer_size = 8;
  if (options.images != nullptr) {
    map.image = options.images->old_image;
    refs::describe_destination(map.image, options.images->new_image, map.destination);
  }
  map.covers = std::move(covers);
  header.image = options.images == nullptr    ? ImageKind::plain
                 : options.images->by_headers ? ImageKind::recognised
                                              : ImageKind::sent;
  header.cover_count = static_cast<std::uint32_t>(map.covers.size());
  std::vector<std::uint8_t> map_section = encode_images(map, header.image == ImageKind::sent);
  TRY_ASSIGN(const Section coded_covers, encode_covers(map.covers));
  map_section.insert(map_section.end(), coded_covers.bytes.begin(), coded_covers.bytes.end());
  header.map_length = map_section.size();
  header.unpacked = coded_covers.unpacked;

  const Setup setup(header, std::move(map));
  std::vector<Section> sections(header.window_lengths.size());
  std::vector<std::optional<Error>> errors(sections.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < sections.size(); i = next++) {
      const std::uint32_t begin = header.window_begin(i);
      auto section = encode_window(setup.scene(), from,
                                   to.subspan(begin, header.window_begin(i + 1) - begin), begin);
      if (section) {
        sections[i] = *std::move(section);
      } else {
        errors[i].emplace(std::move(section).error());
      }
    }
  };
  std::vector<std::thread> workers;
  for (std::size_t i = 1; i < std::min<std::size_t>(options.threads, sections.size()); ++i) {
    workers.emplace_back(work);
  }
  work();
  for (std::thread& worker : workers) {
    worker.join();
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (errors[i]) {
      return std::move(*errors[i]);
    }
    header.window_lengths[i] = sections[i].bytes.size();
    header.unpacked = std::max(header.unpacked, sections[i].unpacked);
  }
  std::vector<std::uint8_t> patch = encode_header(header);
  patch.insert(patch.end(), map_section.begin(), map_section.end());
  for (const Section& section : sections) {
    patch.insert(patch.end(), section.bytes.begin(), section.bytes.end());
  }
  return patch;
}

}  // namespace kerf::sliver::fast
