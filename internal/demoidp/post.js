// Sends the response on without a click.
document.forms[0].submit();
