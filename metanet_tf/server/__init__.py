"""An HTTP server of SavedModels that answers as TensorFlow Serving does."""
