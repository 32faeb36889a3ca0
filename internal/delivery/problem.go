package delivery

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"

	"scorehouse/internal/feed"
)

// Problem is something in a package that its sender must mend.
type Problem struct {
	Code    int    // of feed.Codes
	Message string // what is wrong and what to do, for people
	Member  string // member of the archive that is meant, "" for the whole file
	Plain   bool   // the file is not encrypted: whoever has it can read it
}

// Error returns the message.
func (p *Problem) Error() string { return p.Message }

func problem(code int) *Problem { return &Problem{Code: code, Message: feed.Sentence(code)} }

// about is a problem of one member of the archive, or with a fact before the general sentence.
func about(code int, member, format string, args ...any) *Problem {
	return &Problem{Code: code, Member: printable(member), Message: fmt.Sprintf(format, args...)}
}

// printable returns a member's name fit for a message: at most 80 characters, without control characters.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return name
}

// messageProblem sorts an error met at the beginning of an OpenPGP message. plain says that the message does not begin as an encrypted one does.
func messageProblem(err error, plain bool) *Problem {
	var unsupported pgperrors.UnsupportedError
	if plain {
		p := problem(feed.Damaged)
		p.Plain = true
		return p
	}
	switch {
	case errors.Is(err, pgperrors.ErrKeyIncorrect):
		return problem(feed.NotForUs)
	case errors.As(err, &unsupported) && strings.Contains(err.Error(), "not integrity protected"):
		return problem(feed.WeakProtection)
	}
	return problem(feed.Damaged)
}

// signatureProblem sorts the error of a signature.
func signatureProblem(err error) *Problem {
	var weak pgperrors.WeakAlgorithmError
	switch {
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return problem(feed.UnknownSigner)
	case errors.Is(err, pgperrors.ErrKeyExpired), errors.Is(err, pgperrors.ErrSignatureExpired),
		errors.Is(err, pgperrors.ErrKeyRevoked), errors.Is(err, pgperrors.ErrSignatureOlderThanKey):
		return problem(feed.SignerExpired)
	case errors.As(err, &weak), strings.Contains(err.Error(), "insecure"):
		return problem(feed.WeakProtection)
	}
	return problem(feed.WrongSignature)
}
