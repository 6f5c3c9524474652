#include "diff/image/describe.h"

#include <limits>

#include "diff/image/raw.h"
#include "refs/recognise.h"

namespace kerf {
namespace {

bool read_bytes(void* context, std::uint64_t offset, std::uint8_t* out, std::size_t size) {
  const Bytes& file = *static_cast<const Bytes*>(context);
  if (offset > file.size() || size > file.size() - offset) {
    return false;
  }
  std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(offset), size, out);
  return true;
}

bool recognise_bytes(Bytes file, refs::Image& image) {
  const refs::Reader reader{read_bytes, &file, static_cast<std::uint32_t>(file.size())};
  return refs::recognise(reader, image);
}

}  // namespace

bool describe_image(Bytes file, Description& description) {
  if (file.empty() || file.size() > std::numeric_limits<std::uint32_t>::max()) {
    return false;
  }
  description.by_headers = recognise_bytes(file, description.image);
  return description.by_headers || describe_raw_image(file, description.image);
}

refs::Image describe_new_version(Bytes file, const Description& old_file) {
  refs::Image image;
  if (file.empty() || file.size() > std::numeric_limits<std::uint32_t>::max()) {
    return old_file.image;
  }
  if (recognise_bytes(file, image) || old_file.by_headers) {
    return image;
  }
  return relocate_raw_image(file, old_file.image);
}

}  // namespace kerf
