package access

// Classes are all classes of rejections.
var Classes = []string{
	errTooLong.class, errNoDelimiter.class, errFieldCount.class, errNoRole.class, errOddRole.class, errOddCode.class, errNoTenant.class, errNoState.class,
	errNoDistrict.class, errNotThere.class, errOtherState.class, errTooLow.class, errNoTenants.class, errUnreadable.class,
}
