#include "base/result.h"

namespace kerf {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::truncated:
      return "truncated";
    case Code::corrupt:
      return "corrupt";
    case Code::unsupported:
      return "unsupported";
    case Code::limit:
      return "limit";
    case Code::mismatch:
      return "mismatch";
    case Code::io:
      return "io";
    case Code::denied:
      return "denied";
    case Code::cancelled:
      return "cancelled";
    case Code::bug:
      return "bug";
  }
  return "unknown";
}

Error&& Error::at(std::uint64_t offset) && {
  if (!info_->offset) {
    info_->offset = offset;
  }
  return std::move(*this);
}

Error&& Error::detail(std::uint16_t number) && {
  if (info_->detail == 0) {
    info_->detail = number;
  }
  return std::move(*this);
}

Error&& Error::os(int error_number) && {
  info_->os = error_number;
  return std::move(*this);
}

Error&& Error::in(std::string_view where) && {
  std::string chain(where);
  if (!info_->where.empty()) {
    chain += ": ";
    chain += info_->where;
  }
  info_->where = std::move(chain);
  return std::move(*this);
}

std::string Error::text() const {
  std::string text = info_->where;
  if (!text.empty()) {
    text += ": ";
  }
  text += info_->what;
  if (info_->offset) {
    text += " @" + std::to_string(*info_->offset);
  }
  return text;
}

}  // namespace kerf
