#include <zlib.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "codec/deflate/deflate.h"

namespace kerf {
namespace {

constexpr std::size_t kBuffer = std::size_t{32} << 10;
constexpr std::uint64_t kMemory = 2 * kBuffer + (std::uint64_t{44} << 10);

class Inflater {
 public:
  Inflater() : result_(inflateInit2(&stream, -15)) {}
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ready() const { return result_ == Z_OK; }

  z_stream stream{};

 private:
  int result_;
};

}  // namespace

Result<Decoded> inflate(const Source& packed, std::uint64_t offset, Sink& plain,
                        const Limits& limits) {
  if (limits.memory < kMemory) {
    return Error(Code::limit, "unpacking deflate takes " + std::to_string(kMemory) + " bytes");
  }
  Inflater inflater;
  if (!inflater.ready()) {
    return Error(Code::limit, "no memory left to unpack deflate");
  }
  z_stream& stream = inflater.stream;
  BufferedReader reader(packed, kBuffer);
  reader.seek(offset);
  std::vector<std::uint8_t> out(kBuffer);
  Decoded decoded;
  for (;;) {
    bool end_of_source = false;
    if (stream.avail_in == 0) {
      TRY_ASSIGN(const Bytes in, reader.read_some(kBuffer));
      end_of_source = in.empty();
      stream.next_in = const_cast<std::uint8_t*>(in.data());  // never written through
      stream.avail_in = static_cast<unsigned>(in.size());
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    const int code = ::inflate(&stream, Z_NO_FLUSH);
    const std::uint64_t position = reader.position() - stream.avail_in;
    const std::size_t produced = out.size() - stream.avail_out;
    if (produced > limits.output - decoded.plain) {
      return Error(Code::limit, "deflate stream unpacks to more than " +
                                    std::to_string(limits.output) + " bytes")
          .at(position);
    }
    TRY(plain.write(Bytes(out).first(produced)));
    decoded.plain += produced;
    if (code == Z_STREAM_END) {
      decoded.packed = position - offset;
      return decoded;
    }
    if (code != Z_OK && code != Z_BUF_ERROR) {
      return Error(code == Z_MEM_ERROR ? Code::limit : Code::corrupt,
                   std::string("damaged deflate stream: ") +
                       (stream.msg != nullptr ? stream.msg : "no memory"))
          .at(position);
    }
    if (end_of_source && produced == 0) {
      return Error(Code::truncated, "deflate stream without an end").at(position);
    }
  }
}

}  // namespace kerf
