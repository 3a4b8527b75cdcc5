"""NeMo Guardrails' own server application on 127.0.0.1; its command line listens on every address.

python serve.py CONFIGURATIONS PORT
"""

import sys

import uvicorn
from nemoguardrails.server import api

if __name__ == "__main__":
    api.app.rails_config_path = sys.argv[1]
    uvicorn.run(api.app, host="127.0.0.1", port=int(sys.argv[2]))
