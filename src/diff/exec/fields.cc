#include "diff/exec/fields.h"

#include "refs/scan.h"

namespace kerf::exec {

std::vector<Reference> references(Bytes file, const refs::Image& image) {
  const refs::Geometry& geometry = refs::host_geometry;
  const auto size = static_cast<std::uint32_t>(file.size());
  std::vector<refs::Field> fields(geometry.capacity);
  std::vector<Reference> found;
  for (std::uint32_t chunk = 0; std::uint64_t{chunk} << geometry.chunk_bits < size; ++chunk) {
    refs::Window window;
    refs::window_of(geometry, chunk, size, window.begin, window.end);
    window.bytes = file.data() + window.begin;
    refs::FieldList list{fields.data(), geometry.capacity, 0};
    if (!refs::scan_chunk(image, geometry, chunk, size, window, list)) {
      return {};
    }
    for (std::uint32_t i = 0; i < list.count; ++i) {
      const refs::Field& field = fields[i];
      found.push_back({field.target, field.position, field.kind, field.width});
    }
  }
  return found;
}

}  // namespace kerf::exec
