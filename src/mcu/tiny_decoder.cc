#include "mcu/tiny_decoder.h"

#include "mcu/crc32.h"

namespace kerf::mcu {

static_assert(sizeof(TinyDecoder) <= sizeof(kerf_tiny));
static_assert(sizeof(void*) != 4 || sizeof(TinyDecoder) <= KERF_TINY_STATE);
static_assert(most_header <= window_capacity);

namespace {

constexpr uint32_t least_range = uint32_t{1} << 24;

uint32_t load32(const uint8_t* bytes) {
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

// Reads the header; what is missing reads as 0 and makes it bad.
struct HeaderReader {
  const uint8_t* at;
  const uint8_t* end;
  bool bad;

  uint8_t byte() {
    if (at == end) {
      bad = true;
      return 0;
    }
    return *at++;
  }
  // Seven bits a byte, the highest first; all but the last byte have bit 7.
  uint64_t number64() {
    uint64_t value = 0;
    for (unsigned i = 0; i < 10; ++i) {
      const uint8_t part = byte();
      value = value << 7 | (part & 127);
      if (part < 128) return value;
    }
    bad = true;
    return 0;
  }
  uint32_t number() {
    const uint64_t value = number64();
    bad = bad || value >> 32 != 0;
    return static_cast<uint32_t>(value);
  }
  // Even: forward; odd: backward.
  uint64_t change() {
    const uint64_t value = number64();
    return (value >> 1) ^ (0 - (value & 1));
  }
};

}  // namespace

struct TinyDecoder::Coder {
  TinyDecoder& d;
  static constexpr bool learns = true;

  bool bit(bool, uint32_t p) {
    const uint32_t bound = (d.range >> 12) * p;
    const bool one = d.code < bound;
    if (one) {
      d.range = bound;
    } else {
      d.code -= bound;
      d.range -= bound;
    }
    while (d.range < least_range) {
      d.range <<= 8;
      d.code = d.code << 8 | (d.input_begin < d.input_end ? d.input[d.input_begin++] : 0u);
    }
    return one;
  }
};

void TinyDecoder::start(const kerf_tiny_port* the_port) {
  port = the_port;
  state = State::header;
  status = KERF_TINY_MORE;
  offset = 0;
  collected = 0;
  header_length = 0;
  windows = 0;
  window_offset = 0;
  written = 0;
  made = 0;
  input_begin = 0;
  input_end = 0;
}

kerf_tiny_status TinyDecoder::fail(kerf_tiny_status why) {
  state = State::failed;
  status = why;
  return why;
}

OldFile TinyDecoder::old_file() const {
  return {[](void* context, uint32_t position, uint8_t* bytes, uint32_t size) {
            const auto* the_port = static_cast<const kerf_tiny_port*>(context);
            return the_port->read_old(the_port->context, position, bytes, size) != 0;
          },
          const_cast<kerf_tiny_port*>(port), old_size};
}

kerf_tiny_status TinyDecoder::collect_header(const uint8_t*& bytes, size_t& size) {
  // The old window is not in use yet.
  constexpr uint16_t prefix = 12;
  while (size > 0 && (collected < prefix || collected < header_length)) {
    window.bytes[collected++] = *bytes++;
    --size;
    ++offset;
    if (collected == prefix) {
      static constexpr uint8_t magic[10] = {'K', 'E', 'R', 'F',          'S',
                                            'L', 'V', '1', tiny_profile, tiny_version};
      for (unsigned i = 0; i < sizeof magic; ++i) {
        if (window.bytes[i] != magic[i]) return fail(KERF_TINY_UNSUPPORTED);
      }
      header_length = static_cast<uint16_t>(window.bytes[10] | window.bytes[11] << 8);
      if (header_length < prefix + 4 || header_length > most_header) {
        return fail(KERF_TINY_CORRUPT);
      }
    }
  }
  if (collected < prefix || collected < header_length) return KERF_TINY_MORE;
  return parse_header();
}

kerf_tiny_status TinyDecoder::parse_header() {
  const uint8_t* end = window.bytes + header_length - 4;
  if (crc32_of(window.bytes, header_length - 4u) != load32(end)) {
    return fail(KERF_TINY_CORRUPT);
  }
  HeaderReader in{window.bytes + 12, end, false};
  kerf_tiny_info info;
  info.header_length = header_length;
  const uint32_t ram = in.number();
  info.ram = static_cast<uint16_t>(ram);
  window_bits = in.byte();
  reads_new = in.byte();
  old_size = in.number();
  new_size = in.number();
  if (in.bad || window_bits < least_window_bits || window_bits > most_window_bits ||
      reads_new > 1 || old_size > 0x7fffffff || new_size > 0x7fffffff || end - in.at < 64) {
    return fail(KERF_TINY_CORRUPT);
  }
  if (ram > KERF_TINY_RAM) return fail(KERF_TINY_MEMORY);
  info.old_size = old_size;
  info.new_size = new_size;
  info.window_size = uint32_t{1} << window_bits;
  info.reads_new = reads_new;
  info.old_sha256 = in.at;
  info.new_sha256 = in.at + 32;
  in.at += 64;

  image.machine = in.byte();
  image.pointer_size = in.byte();
  image.segment_count = in.byte();
  image.region_count = in.byte();
  image.new_segment_count = in.byte();
  image.break_count = in.byte();
  if (image.segment_count > most_segments || image.region_count > most_regions ||
      image.new_segment_count > most_segments || image.break_count > most_breaks) {
    return fail(KERF_TINY_CORRUPT);
  }
  for (unsigned i = 0; i < image.segment_count; ++i) {
    refs::Segment& segment = image.segments[i];
    segment.address = in.number64();
    segment.offset = in.number();
    const uint64_t size = in.number64();
    in.bad = in.bad || size >> 33 != 0;
    segment.file_size = static_cast<uint32_t>(size >> 1);
    segment.executable = (size & 1) != 0;
    segment.memory_size = segment.file_size + in.number64();
  }
  uint32_t region_end = 0;
  for (unsigned i = 0; i < image.region_count; ++i) {
    refs::Region& region = image.regions[i];
    region.scanner = static_cast<refs::Scanner>(in.byte());
    region.version = in.byte();
    region.offset = region_end + in.number();
    region.size = in.number();
    region.aux = 0;
    region.aux_region = 0;
    region.address = in.number64();
    region_end = region.offset + region.size;
    if (refs::scanner_version(region.scanner) != region.version) return fail(KERF_TINY_UNSUPPORTED);
  }
  for (unsigned i = 0; i < image.new_segment_count; ++i) {
    NewSegment& segment = image.new_segments[i];
    const bool known = i < image.segment_count;
    segment.address = (known ? image.segments[i].address : 0) + in.change();
    segment.offset = (known ? image.segments[i].offset : 0) + static_cast<uint32_t>(in.change());
    segment.size = (known ? image.segments[i].file_size : 0) + static_cast<uint32_t>(in.change());
    if (segment.offset > new_size || segment.size > new_size - segment.offset) in.bad = true;
  }
  Break last = {0, 0};
  for (unsigned i = 0; i < image.break_count; ++i) {
    last.from += in.number();
    last.shift += static_cast<uint32_t>(in.change());
    image.breaks[i] = last;
  }
  if (in.bad || in.at != end || !refs::valid(image.view(), old_size)) {
    return fail(KERF_TINY_CORRUPT);
  }
  for (unsigned i = 1; i < image.break_count; ++i) {
    if (image.breaks[i].from <= image.breaks[i - 1].from) return fail(KERF_TINY_CORRUPT);
  }
  if (port->accept != nullptr && port->accept(port->context, &info) == 0) {
    return fail(KERF_TINY_REFUSED);
  }
  window_offset = header_length;
  return begin_window();
}

kerf_tiny_status TinyDecoder::begin_window() {
  state = State::window_head;
  input_begin = 0;
  input_end = 0;
  section_left = 8;
  if (made == new_size) {
    state = State::done;
    status = KERF_TINY_DONE;
  }
  return status;
}

kerf_tiny_status TinyDecoder::end_window() {
  if (input_begin != input_end || section_left != 0) return fail(KERF_TINY_CORRUPT);
  if (flush(true) != KERF_TINY_MORE) return status;
  if (~crc != wanted_crc) return fail(KERF_TINY_CORRUPT);
  ++windows;
  window_offset = offset;
  return begin_window();
}

kerf_tiny_status TinyDecoder::resume(uint32_t the_window, uint32_t the_offset) {
  if ((state != State::window_head && state != State::done) || windows != 0 || input_end != 0 ||
      the_offset < header_length || the_window > (new_size >> window_bits) + 1) {
    return fail(KERF_TINY_CORRUPT);
  }
  const uint32_t size = uint32_t{1} << window_bits;
  windows = the_window;
  offset = the_offset;
  window_offset = the_offset;
  made = the_window > new_size >> window_bits ? new_size : the_window * size;
  written = made;
  status = KERF_TINY_MORE;
  return begin_window();
}

kerf_tiny_status TinyDecoder::push(const uint8_t* bytes, size_t size) {
  if (state == State::failed) return status;
  if (state == State::header) {
    if (collect_header(bytes, size) < 0 || state == State::header) return status;
  }
  for (;;) {
    if (state == State::failed) return status;
    if (state == State::done) return size > 0 ? fail(KERF_TINY_TRAILING) : status;
    if (input_begin > 0) {
      for (uint8_t i = input_begin; i < input_end; ++i) input[i - input_begin] = input[i];
      input_end = static_cast<uint8_t>(input_end - input_begin);
      input_begin = 0;
    }
    while (size > 0 && section_left > 0 && input_end < input_size) {
      input[input_end++] = *bytes++;
      --size;
      --section_left;
      ++offset;
    }
    if (section_left > 0 && input_end < step_input) return status;
    // As many steps as this much input allows.
    do {
      if (step() < 0) return status;
    } while (state < State::done && state > State::prime &&
             (section_left == 0 || input_end - input_begin >= static_cast<int>(step_input)));
  }
}

kerf_tiny_status TinyDecoder::step() {
  Coder coder{*this};
  Stream<Coder> stream(models, cursor, coder);
  switch (state) {
    case State::window_head: {
      section_left = load32(input);
      wanted_crc = load32(input + 4);
      input_begin = input_end = 0;
      const uint32_t size = uint32_t{1} << window_bits;
      window_end = new_size - made < size ? new_size : made + size;
      crc = crc32_start;
      models.reset();
      predictor.reset();
      cursor.reset();
      window.reset();
      range = 0xffffffff;
      code = 0;
      state = State::prime;
      return status;
    }
    case State::prime:
      for (unsigned i = 0; i < 4; ++i) {
        code = code << 8 | (input_begin < input_end ? input[input_begin++] : 0u);
      }
      state = State::op;
      return status;
    case State::op:
      return begin_op();
    case State::literal:
      cursor.last_byte = stream.literal(0);
      *out() = cursor.last_byte;
      ++made;
      cursor.after_literal();
      state = State::op;
      break;
    case State::cover_length:
      remaining = stream.cover_length(repeats != 0, 0);
      if (from > old_size || remaining > old_size - from || remaining > window_end - made) {
        return fail(KERF_TINY_CORRUPT);
      }
      state = State::cover;
      return status;
    case State::match_length:
      remaining = stream.match_length(from_old != 0, 0);
      if (remaining > window_end - made ||
          (from_old != 0 ? from > old_size || remaining > old_size - from
                         : from > made || reads_new == 0)) {
        return fail(KERF_TINY_CORRUPT);
      }
      cursor.after_match(from_old != 0, from, made, remaining);
      state = State::copy;
      return status;
    case State::copy:
      return copy();
    case State::cover:
      return cover();
    case State::group:
      return group_byte();
    case State::field:
      return field_byte();
    default:
      return fail(KERF_TINY_CORRUPT);
  }
  return flush(false);
}

kerf_tiny_status TinyDecoder::begin_op() {
  if (made == window_end) return end_window();
  Coder coder{*this};
  Stream<Coder> stream(models, cursor, coder);
  switch (stream.op(Op::literal)) {
    case Op::literal:
      state = State::literal;
      break;
    case Op::cover:
      from = stream.cover_from(made, 0);
      repeats = stream.repeats() ? 1 : 0;
      state = State::cover_length;
      break;
    case Op::match: {
      bool old = false;
      from = stream.match_source(old, made, 0);
      from_old = old ? 1 : 0;
      state = State::match_length;
      break;
    }
  }
  return status;
}

kerf_tiny_status TinyDecoder::copy() {
  uint32_t count = page_size + group_size - (made - written);
  if (count > remaining) count = remaining;
  if (from_old != 0) {
    if (port->read_old(port->context, from, out(), count) == 0) return fail(KERF_TINY_IO);
    from += count;
  } else {
    // Where source and destination overlap, what was just made is copied again.
    if (count > from) count = from;
    if (!read_new(made - from, out(), count)) return fail(KERF_TINY_IO);
  }
  made += count;
  remaining -= count;
  if (remaining == 0) {
    cursor.last_byte = *(out() - 1);
    state = State::op;
  }
  return flush(false);
}

bool TinyDecoder::read_new(uint32_t position, uint8_t* bytes, uint32_t size) {
  uint32_t done = 0;
  if (position < written) {
    done = written - position < size ? written - position : size;
    if (port->read_new == nullptr || port->read_new(port->context, position, bytes, done) == 0) {
      return false;
    }
  }
  for (; done < size; ++done) bytes[done] = page[position + done - written];
  return true;
}

kerf_tiny_status TinyDecoder::cover() {
  if (remaining == 0) {
    cursor.after_cover(from);
    state = State::op;
    return status;
  }
  if (!window.load(old_file(), image.view(), from)) return fail(KERF_TINY_IO);
  Coder coder{*this};
  Stream<Coder> stream(models, cursor, coder);
  const uint8_t* old_bytes = window.at(from);
  const Unit unit = next_unit(window, from, remaining);
  unit_size = static_cast<uint8_t>(unit.size);
  unit_done = 0;
  unit_wrong = 0;
  if (unit.field != nullptr) {
    predictor.predict(image, *unit.field, old_bytes, made, guess);
    const unsigned outcome = stream.field_outcome(guess, 0);
    if (outcome == 3) {
      state = State::field;
      return status;
    }
    if (outcome == 2) {
      const uint64_t target = corrected(image, *unit.field, guess, stream.field_error(0));
      refs::place(unit.field->kind, old_bytes, target, guess.base, out());
    } else {
      for (unsigned i = 0; i < unit_size; ++i) out()[i] = guess.bytes[outcome][i];
    }
    cursor.note(outcome > 0);
    finish_field();
    return flush(false);
  }
  if (!stream.group(unit_size, false)) {
    state = State::group;
    return status;
  }
  for (unsigned i = 0; i < unit_size; ++i) out()[i] = old_bytes[i];
  cursor.note(false);
  advance();
  return flush(false);
}

// Behind the present unit, which is made.
void TinyDecoder::advance() {
  cursor.last_byte = out()[unit_size - 1];
  made += unit_size;
  from += unit_size;
  remaining -= unit_size;
}

void TinyDecoder::finish_field() {
  predictor.learn(image, *window.next(from), guess, out());
  advance();
  state = State::cover;
}

kerf_tiny_status TinyDecoder::group_byte() {
  Coder coder{*this};
  Stream<Coder> stream(models, cursor, coder);
  const uint8_t expected = window.at(from)[unit_done];
  // The last byte is wrong if all others were right.
  const bool forced = unit_done + 1 == unit_size && unit_wrong == 0;
  const bool right = !forced && stream.byte_equal(unit_done, unit_wrong, false);
  out()[unit_done] = right ? expected : stream.other_byte(false, expected, 0);
  if (!right) ++unit_wrong;
  if (++unit_done < unit_size) return status;
  cursor.note(true);
  advance();
  state = State::cover;
  return flush(false);
}

kerf_tiny_status TinyDecoder::field_byte() {
  Coder coder{*this};
  Stream<Coder> stream(models, cursor, coder);
  const uint8_t expected = guess.bytes[0][unit_done];
  const bool right = stream.field_byte(unit_done, unit_wrong != 0, false);
  out()[unit_done] = right ? expected : stream.other_byte(true, expected, 0);
  if (!right) ++unit_wrong;
  if (++unit_done < unit_size) return status;
  cursor.note(true);
  finish_field();
  return flush(false);
}

// Hands over whole pages, or all there is.
kerf_tiny_status TinyDecoder::flush(bool all) {
  const uint32_t held = made - written;
  if (held < page_size && !(all && held > 0)) return status;
  const uint32_t size = held < page_size ? held : page_size;
  crc = crc32(crc, page, size);
  if (port->write_new(port->context, written, page, size) == 0) return fail(KERF_TINY_IO);
  written += size;
  for (uint32_t i = size; i < held; ++i) page[i - size] = page[i];
  return status;
}

}  // namespace kerf::mcu

extern "C" {

void kerf_tiny_start(kerf_tiny* state, const kerf_tiny_port* port) {
  reinterpret_cast<kerf::mcu::TinyDecoder*>(state)->start(port);
}

kerf_tiny_status kerf_tiny_push(kerf_tiny* state, const uint8_t* bytes, size_t size) {
  return reinterpret_cast<kerf::mcu::TinyDecoder*>(state)->push(bytes, size);
}

void kerf_tiny_restart_point(const kerf_tiny* state, uint32_t* window, uint32_t* patch_offset) {
  const auto* decoder = reinterpret_cast<const kerf::mcu::TinyDecoder*>(state);
  *window = decoder->windows;
  *patch_offset = decoder->window_offset;
}

kerf_tiny_status kerf_tiny_resume(kerf_tiny* state, uint32_t window, uint32_t patch_offset) {
  return reinterpret_cast<kerf::mcu::TinyDecoder*>(state)->resume(window, patch_offset);
}

}  // extern "C"
