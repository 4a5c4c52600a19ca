package transformer

import "encoding/json"

// OpenCLIPModel returns the description of a model in OpenCLIP's
// open_clip_config.json, where it is under model_cfg; in the model configs that come
// with OpenCLIP it is all of the file.
func OpenCLIPModel(file []byte) ([]byte, error) {
	var whole struct {
		Model json.RawMessage `json:"model_cfg"`
	}
	if err := json.Unmarshal(file, &whole); err != nil {
		return nil, err
	}
	if IsGiven(whole.Model) {
		return whole.Model, nil
	}
	return file, nil
}

// IsGiven tells whether a part of a file is there and not null.
func IsGiven(part json.RawMessage) bool { return len(part) > 0 && string(part) != "null" }
