// Errors are values with an address: a code from a small closed vocabulary, a sentence, the byte
// offset where it was noticed, and the chain of places on the way up.
//
//   Status check(const Source& s) {
//     TRY(s.read_at(0, header));
//     if (bad) return Error(Code::corrupt, "negative length").at(7).in("inode table");
//     return {};
//   }
//
// Success allocates nothing. Both classes are [[nodiscard]]: dropping one is a compile error here.
// The member names equal those of std::expected, so that a later move is a type alias.
#pragma once

#include <cassert>
#include <concepts>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kerf {

// The closed vocabulary. Numbers are append-only: they show in --json output.
enum class Code : std::uint8_t {
  truncated = 1,    // input ends before a field or stream does
  corrupt = 2,      // a value contradicts the format
  unsupported = 3,  // legal, but not by this build or this profile
  limit = 4,        // a ceiling of Limits (or of a device) would be passed
  mismatch = 5,     // a hash, size or checksum is not the expected one
  io = 6,           // the operating system said no
  denied = 7,       // policy says no: signature, existing file, permission
  cancelled = 8,    // the caller asked to stop
  bug = 9,          // our own mistake, noticed
};

// "truncated" for Code::truncated, and so on. Never empty.
std::string_view code_name(Code code);

// Why something failed. Movable, one pointer wide, allocated only on failure.
class [[nodiscard]] Error {
 public:
  Error(Code code, std::string what) : info_(new Info{code, std::move(what), {}, {}}) {}

  // The byte offset, in the input named by the context, at which the fault was noticed.
  // The innermost offset wins: a second call does nothing.
  Error&& at(std::uint64_t offset) &&;
  // A finer number that a room attaches for its callers (the agent's result codes): 0 says none.
  // The innermost number wins: a second call does nothing.
  Error&& detail(std::uint16_t number) &&;
  // The errno value behind a Code::io.
  Error&& os(int error_number) &&;
  // Puts a place in front of the context chain: "rootfs.img", then "inode table".
  Error&& in(std::string_view where) &&;

  Code code() const { return info_->code; }
  std::optional<std::uint64_t> offset() const { return info_->offset; }
  std::uint16_t detail() const { return info_->detail; }
  int os() const { return info_->os; }  // 0: none
  // The sentence alone, without place and offset.
  const std::string& what() const { return info_->what; }
  // "rootfs.img: inode table: negative length @7"
  std::string text() const;

 private:
  struct Info {
    Code code;
    std::string what;
    std::string where;
    std::optional<std::uint64_t> offset;
    std::uint16_t detail = 0;
    int os = 0;
  };
  std::unique_ptr<Info> info_;
};

// A value of type T, or the Error that stood in its way. Move-only, not assignable.
template <class T>
class [[nodiscard]] Result {
 public:
  // Not explicit: "return value;" and "return Error(...);" are the point.
  Result(Error error) noexcept : ok_(false) { ::new (&error_) Error(std::move(error)); }
  // NOLINTBEGIN(bugprone-forwarding-reference-overload): the constraint keeps moves out
  template <class U = T>
  requires(std::constructible_from<T, U&&> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : ok_(true) {
    ::new (&value_) T(std::forward<U>(value));
  }
  // NOLINTEND(bugprone-forwarding-reference-overload)
  Result(Result&& other) noexcept : ok_(other.ok_) {
    if (ok_) {
      ::new (&value_) T(std::move(other.value_));
    } else {
      ::new (&error_) Error(std::move(other.error_));
    }
  }
  Result& operator=(Result&&) = delete;
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  ~Result() {
    if (ok_) {
      value_.~T();
    } else {
      error_.~Error();
    }
  }

  explicit operator bool() const { return ok_; }
  bool has_value() const { return ok_; }
  T& operator*() & {
    assert(ok_);
    return value_;
  }
  const T& operator*() const& {
    assert(ok_);
    return value_;
  }
  T operator*() && {
    assert(ok_);
    return std::move(value_);
  }
  T* operator->() {
    assert(ok_);
    return &value_;
  }
  const T* operator->() const {
    assert(ok_);
    return &value_;
  }
  Error error() && {
    assert(!ok_);
    return std::move(error_);
  }
  const Error& error() const& {
    assert(!ok_);
    return error_;
  }

 private:
  union {
    T value_;
    Error error_;
  };
  bool ok_;
};

// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_.has_value(); }
  bool has_value() const { return !error_.has_value(); }
  Error error() && {
    assert(error_);
    return std::move(*error_);
  }
  const Error& error() const& {
    assert(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace kerf

// Leaves the enclosing function with the error of `expr`, if it has one.
#define TRY(expr)                                  \
  do {                                             \
    if (auto try_result_ = (expr); !try_result_) { \
      return std::move(try_result_).error();       \
    }                                              \
  } while (false)

// NOLINTBEGIN(bugprone-macro-parentheses): `declaration` is not an expression.
#define KERF_TRY_CAT2(a, b) a##b
#define KERF_TRY_CAT(a, b) KERF_TRY_CAT2(a, b)
#define KERF_TRY_ASSIGN(temporary, declaration, expr) \
  auto temporary = (expr);                            \
  if (!temporary) {                                   \
    return std::move(temporary).error();              \
  }                                                   \
  declaration = *std::move(temporary)
// Declares `declaration` with the value of `expr`, or leaves the enclosing function with its error.
#define TRY_ASSIGN(declaration, expr) \
  KERF_TRY_ASSIGN(KERF_TRY_CAT(try_result_, __COUNTER__), declaration, expr)
// NOLINTEND(bugprone-macro-parentheses)
