-- A deleted user's reactions are found by this; without it all of the app's would be read.
CREATE INDEX reactions_by_user ON reactions (app_id, user_id);
