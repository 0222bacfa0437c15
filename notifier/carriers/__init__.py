"""Those who carry texts: one port, and Twilio behind it."""
