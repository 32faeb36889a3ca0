// Sends the message of a page that leads on by itself.
document.getElementById("forward").submit();
