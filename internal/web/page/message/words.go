package message

// text is what one kind of message says: what happened, and what to do.
type text struct{ title, body, next string }

// textOf is the text of a message. Kinds that are none say that something broke.
func textOf(v View) text {
	w, start := v.Frame.Say().Message, v.Frame.Say().Message.GoToStart()
	switch v.Kind {
	case NotFound:
		return text{w.NotFoundTitle(), w.NotFoundBody(), start}
	case NoResults:
		return text{w.NoResultsTitle(), w.NoResultsBody(), start}
	case SignInNeeded:
		return text{w.SignInTitle(), w.SignInBody(), w.SignIn()}
	case Unavailable:
		return text{w.UnavailableTitle(), w.UnavailableBody(), start}
	case NotUnderstood:
		return text{w.NotUnderstoodTitle(), w.NotUnderstoodBody(), start}
	case Forbidden:
		return text{w.ForbiddenTitle(), w.ForbiddenBody(), start}
	case NoRole:
		return text{w.NoRoleTitle(), w.NoRoleBody(), v.Frame.Say().Session.Again()}
	case SignedOut:
		return text{w.SignedOutTitle(), w.SignedOutBody(), w.SignIn()}
	case SignInRefused:
		return text{w.RefusedTitle(), w.RefusedBody(), w.SignIn()}
	case SignInLoop:
		return text{w.LoopTitle(), w.LoopBody(), w.TryAgain()}
	case NoProvider:
		return text{w.NoProviderTitle(), w.NoProviderBody(), w.TryAgain()}
	case SignOutFailed:
		return text{w.SignOutFailedTitle(), w.SignOutFailedBody(), w.SignIn()}
	case Insecure:
		return text{w.InsecureTitle(), w.InsecureBody(), w.TryAgain()}
	case OtherHost:
		return text{w.OtherHostTitle(), w.OtherHostBody(), w.TryAgain()}
	case TooOften:
		return text{w.TooOftenTitle(), w.TooOftenBody(), w.TryAgain()}
	case TooMany:
		return text{w.TooManyTitle(), w.TooManyBody(), w.TryAgain()}
	}
	return text{w.FailedTitle(), w.FailedBody(), start}
}

// next is where the message leads.
func next(v View) Link {
	l := v.Next
	if l.Address == "" {
		l.Address = "/"
		if v.Frame.Home != "" {
			l.Address = v.Frame.Home
		}
	}
	if l.Text == "" {
		l.Text = textOf(v).next
	}
	return l
}
