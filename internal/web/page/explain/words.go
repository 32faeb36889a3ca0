package explain

import (
	"scorehouse/internal/access"
	"scorehouse/internal/words"
)

// permissions are those that can be asked about.
var permissions = []access.Permission{
	access.ViewAggregates, access.ViewStudents, access.ExtractStudents, access.ExtractRegistration, access.ExtractCompletion,
	access.ExtractAuditXML, access.ExtractItems, access.Administer, access.ReviewReleases, access.PublishReleases,
}

// permission says what a permission is for; those that are not asked about have their name.
func permission(w *words.Words, p access.Permission) string {
	switch p {
	case access.ViewAggregates:
		return w.Explain.PermissionViewAggregates()
	case access.ViewStudents:
		return w.Explain.PermissionViewStudents()
	case access.ExtractStudents:
		return w.Explain.PermissionExtractStudents()
	case access.ExtractRegistration:
		return w.Explain.PermissionExtractRegistration()
	case access.ExtractCompletion:
		return w.Explain.PermissionExtractCompletion()
	case access.ExtractAuditXML:
		return w.Explain.PermissionExtractAuditXml()
	case access.ExtractItems:
		return w.Explain.PermissionExtractItems()
	case access.Administer:
		return w.Explain.PermissionAdminister()
	case access.ReviewReleases:
		return w.Explain.PermissionReviewReleases()
	case access.PublishReleases:
		return w.Explain.PermissionPublishReleases()
	}
	return string(p)
}

// problem says why there is no answer.
func problem(w *words.Words, p Problem) string {
	switch p {
	case NobodyKnown:
		return w.Explain.NobodyKnown()
	case NoSuchStudent:
		return w.Explain.NoSuchStudent()
	}
	return w.Explain.SchoolWithoutDistrict()
}

// verdict is the answer for a place in a sentence.
func verdict(w *words.Words, p Place) string {
	where := w.Explain.TheState()
	switch {
	case p.School != "":
		where = w.Explain.TheSchool(p.School, p.District)
	case p.District != "":
		where = w.Explain.TheDistrict(p.District)
	}
	if p.Shows() {
		return w.Explain.Shows(where)
	}
	return w.Explain.Hides(where)
}

// grant says what somebody was given.
func grant(w *words.Words, g access.Grant) string {
	switch role, of := string(g.Role), string(g.Tenant); {
	case g.School != "":
		return w.Explain.GrantSchool(role, g.School, g.District, of)
	case g.District != "":
		return w.Explain.GrantDistrict(role, g.District, of)
	default:
		return w.Explain.GrantState(role, of)
	}
}

// why says why a grant shows or does not. A class that has no words here says what it says to operators.
func why(w *words.Words, r access.Reason) string {
	switch r.Class {
	case access.InvalidGrant:
		return w.Explain.WhyInvalid()
	case access.OtherTenant:
		return w.Explain.WhyOtherTenant()
	case access.RoleForbids:
		return w.Explain.WhyRole()
	case access.NeedsState:
		return w.Explain.WhyNeedsState()
	case access.WholeTenant:
		return w.Explain.WhyWholeTenant()
	case access.WholeState:
		return w.Explain.WhyWholeState()
	case access.WholeDistrict:
		return w.Explain.WhyWholeDistrict()
	case access.ThisSchool:
		return w.Explain.WhyThisSchool()
	case access.Elsewhere:
		return w.Explain.WhyElsewhere()
	case access.OtherSchool:
		return w.Explain.WhyOtherSchool()
	}
	return r.Why
}

// rejection says why a value of the identity provider gave less than it says, as why does.
func rejection(w *words.Words, r access.Rejection) string {
	says := map[string]func() string{
		"too_long": w.Explain.ChainTooLong, "no_delimiter": w.Explain.ChainNoDelimiter, "field_count": w.Explain.ChainFieldCount,
		"no_role": w.Explain.ChainNoRole, "odd_role": w.Explain.ChainOddRole, "odd_code": w.Explain.ChainOddCode,
		"no_tenant": w.Explain.ChainNoTenant, "no_state": w.Explain.ChainNoState, "no_district": w.Explain.ChainNoDistrict,
		"other_tenant": w.Explain.ChainOtherTenant, "other_state": w.Explain.ChainOtherState, "level_too_low": w.Explain.ChainLevelTooLow,
		"no_tenants": w.Explain.ChainNoTenants, "unreadable": w.Explain.ChainUnreadable,
	}
	if say, ok := says[r.Class]; ok {
		return say()
	}
	return r.Reason
}
